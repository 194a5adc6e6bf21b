import CMicroHTTPD
import SystemCalls

/// What the library calls, on the thread of the connection it is about.
///
/// An exchange is created when the request line has been read and lives until the library says that the request is
/// over; in between the library holds it.
enum Callbacks {
    static let begin:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? = {
            _, target, _ in
            guard let target = unsafe target else { return nil }
            let exchange = Exchange(target: unsafe String(cString: target))
            return unsafe Unmanaged.passRetained(exchange).toOpaque()
        }

    static let handle: MHD_AccessHandlerCallback = { context, connection, _, method, _, upload, uploadSize, exchange in
        guard let context = unsafe context, let connection = unsafe connection, let method = unsafe method,
            let uploadSize = unsafe uploadSize, let held = unsafe exchange?.pointee
        else { return .NO }
        let daemon = unsafe Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
        let piece = unsafe Piece(upload, count: uploadSize.pointee)
        unsafe uploadSize.pointee = 0
        let conversation = unsafe Conversation(daemon: daemon, exchange: exchange, connection: connection)
        return conversation.advance(method: unsafe String(cString: method), piece: piece) ? .YES : .NO
    }

    static let complete: MHD_RequestCompletedCallback = { context, _, exchange, code in
        guard let context = unsafe context, let held = unsafe exchange?.pointee else { return }
        let daemon = unsafe Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(held).takeRetainedValue()
        exchange.finish(isComplete: code == .REQUEST_TERMINATED_COMPLETED_OK)
        daemon.remove(exchange)
    }

    /// Asks an exchange for the next bytes of its answer.
    static let read: MHD_ContentReaderCallback = { exchange, _, buffer, capacity in
        // -1 and -2 are MHD_CONTENT_READER_END_OF_STREAM and …_END_WITH_ERROR, macros that Swift cannot import.
        guard let held = unsafe exchange else { return -2 }
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
        guard let filled = exchange.fill(unsafe Room(buffer, capacity: capacity)) else { return -2 }
        return filled == 0 ? -1 : filled
    }
}
