import CMicroHTTPD
import SystemCalls

/// What the library calls, on one of its threads; none of them may wait.
///
/// An exchange is created when the request line has been read and lives until the library says that the request is
/// over; in between the library holds it.
enum Callbacks {
    static let begin:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? = {
            context, target, _ in
            guard let context = unsafe context, let target = unsafe target else { return nil }
            let daemon = unsafe Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
            // Repaired, two names that are no text would be one.
            let exchange = Exchange(target: unsafe String(validatingCString: target) ?? "", daemon: daemon)
            return unsafe Unmanaged.passRetained(exchange).toOpaque()
        }

    static let handle: MHD_AccessHandlerCallback = { _, connection, _, method, _, upload, uploadSize, exchange in
        guard let connection = unsafe connection, let method = unsafe method, let uploadSize = unsafe uploadSize,
            let held = unsafe exchange?.pointee
        else { return .NO }
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
        var piece = unsafe Piece(upload, count: uploadSize.pointee)
        let conversation = unsafe Conversation(exchange: exchange, connection: connection)
        let goesOn = conversation.advance(method: unsafe String(cString: method), piece: &piece)
        unsafe uploadSize.pointee = piece.count
        return goesOn ? .YES : .NO
    }

    static let complete: MHD_RequestCompletedCallback = { _, _, exchange, code in
        guard let held = unsafe exchange?.pointee else { return }
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(held).takeRetainedValue()
        exchange.finish(isComplete: code == .REQUEST_TERMINATED_COMPLETED_OK)
    }

    static let connection: MHD_NotifyConnectionCallback = { context, connection, _, code in
        guard let context = unsafe context, let connection = unsafe connection else { return }
        let daemon = unsafe Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
        let socket = unsafe penstock_mhd_socket(connection)
        if code == .CONNECTION_NOTIFY_CLOSED { daemon.sockets.remove(socket) }
    }

    /// Asks an exchange for the next bytes of its answer.
    static let read: MHD_ContentReaderCallback = { answering, _, buffer, capacity in
        // -1 and -2 are MHD_CONTENT_READER_END_OF_STREAM and …_END_WITH_ERROR, macros that Swift cannot import.
        guard let held = unsafe answering else { return -2 }
        let answering = unsafe Unmanaged<Answering>.fromOpaque(held).takeUnretainedValue()
        let start = unsafe UnsafeMutableRawPointer(buffer)?.assumingMemoryBound(to: UInt8.self)
        let room = unsafe Room(start, capacity: capacity)
        switch answering.exchange.fill(room, answering.connection) {
        case .bytes(let count): return count
        case .suspended: return 0
        case .end: return -1
        case .broken: return -2
        }
    }

    /// Lets go of what `read` needed.
    static let release: MHD_ContentReaderFreeCallback = { answering in
        guard let held = unsafe answering else { return }
        unsafe Unmanaged<Answering>.fromOpaque(held).release()
    }
}
