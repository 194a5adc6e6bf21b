import CPostgres
import Synchronization
import SystemCalls

// While a COPY runs, its reader alone uses the connection: `query` refuses to.
extension Session {
    /// Sends the statement and waits until its rows begin.
    func beginCopy(_ statement: String, stop: borrowing Event) throws {
        try send(statement, [], stop: stop)
        var cancelled = false
        try awaitResult(stop, &cancelled)
        guard let result = unsafe PQgetResult(connection) else { throw lost() }
        defer { unsafe PQclear(result) }
        if unsafe PQresultStatus(result) == PGRES_COPY_OUT {
            copying.store(.rows, ordering: .releasing)
            if cancelled {
                abandonCopy()
                throw CancellationError()
            }
            return
        }
        let error = unsafe ResultText.error(of: result)
        _ = try? receive(stop)
        if cancelled { throw CancellationError() }
        throw error
    }

    /// The next row that has arrived whole; `nil` if none has, or if ``hasCopyEnded``.
    func nextRow() throws -> CopyRow? {
        for attempt in 0..<2 {
            var bytes: UnsafeMutablePointer<CChar>?
            let count = unsafe PQgetCopyData(connection, &bytes, 1)
            if count > 0, let bytes = unsafe bytes { return unsafe CopyRow(bytes, count: Int(count)) }
            if count != 0 {
                // -1 is the end, and -2 an error that the next result tells.
                copying.store(.ended, ordering: .releasing)
                return nil
            }
            // Takes what the socket has, without waiting.
            if attempt == 0, unsafe PQconsumeInput(connection) == 0 { throw lost() }
        }
        return nil
    }

    /// Whether the last row has been taken.
    var hasCopyEnded: Bool { copying.load(ordering: .acquiring) == .ended }

    /// Waits until there is something to read; true if `stop` happened before.
    func awaitRows(stop: borrowing Event) throws -> Bool {
        let outcome = try stop.wait(or: unsafe PQsocket(connection), isReadyFor: .reading)
        return outcome.contains(.event)
    }

    /// Takes the results behind the last row, and answers the number of rows.
    func endCopy(stop: borrowing Event) throws -> Int {
        copying.store(.none, ordering: .releasing)
        let result = try receive(stop)
        guard result.command.hasPrefix("COPY "), let count = Int(result.command.dropFirst(5)) else {
            throw PostgresError(
                kind: .queryFailed, message: "the server ended COPY with `\(result.command)` and no number of rows")
        }
        return count
    }

    /// Gives up a COPY in its middle, and the connection with it.
    func abandonCopy() {
        markBroken()
        requestCancel()
    }
}

/// One message of COPY data, in libpq's memory.
@safe struct CopyRow: ~Copyable, Sendable {
    // Owned by this value alone.
    nonisolated(unsafe) private let bytes: UnsafeMutablePointer<CChar>
    private let count: Int
    private var position = 0

    init(_ bytes: UnsafeMutablePointer<CChar>, count: Int) {
        unsafe self.bytes = unsafe bytes
        self.count = count
    }

    deinit { unsafe PQfreemem(bytes) }

    /// Appends as much as fits; true if that was the rest.
    mutating func move(into buffer: inout OutputSpan<UInt8>) -> Bool {
        let taken = min(count - position, buffer.freeCapacity)
        unsafe bytes.withMemoryRebound(to: UInt8.self, capacity: count) { start in
            let rest = unsafe UnsafeBufferPointer(start: start + position, count: taken)
            unsafe buffer.append(copying: Span(_unsafeElements: rest))
        }
        position += taken
        return position == count
    }
}

/// How far the COPY of a session is.
enum CopyState: Int, Sendable, AtomicRepresentable {
    case none
    /// Rows come.
    case rows
    /// The last row has been taken, and what the server says then has not.
    case ended
}
