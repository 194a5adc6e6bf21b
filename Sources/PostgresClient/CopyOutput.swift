public import ByteStreams
import CPostgres
import SystemCalls

extension PostgresConnection {
    /// Begins a `COPY … TO STDOUT`, whose bytes the answer gives.
    ///
    /// Until they have been read to their end the connection takes no other statement; what is let go of before is
    /// cancelled on the server, and the connection is then of no use any more.
    public func copyOut(_ statement: String) async throws -> CopyOutput {
        let stop = try StopSignal()
        let used = try await withTaskCancellationHandler {
            try await threads.run { [session] in
                guard let session = session.value else {
                    throw PostgresError(kind: .connectionLost, message: "the connection is closed")
                }
                try session.beginCopy(statement, stop: stop.event)
                return session
            }
        } onCancel: {
            stop.event.signal()
        }
        return CopyOutput(used, threads, stop)
    }
}

/// The rows of a `COPY … TO STDOUT` that runs, as one stream of bytes.
///
/// It ends well only after the server has said how many rows it sent; everything else throws ``PostgresError``, or
/// `CancellationError` when its task is cancelled.
public struct CopyOutput: ~Copyable, ByteSource, Sendable {
    private let session: Session
    private let threads: ThreadPool
    private let stop: StopSignal
    /// A row that did not fit whole into the last buffer.
    private var row: CopyRow?
    /// How many rows there were, by the server's count; `nil` until the stream has ended well.
    public private(set) var rowCount: Int?
    /// How many rows came; the server sends each as a message of its own.
    public private(set) var receivedCount = 0

    init(_ session: Session, _ threads: ThreadPool, _ stop: StopSignal) {
        self.session = session
        self.threads = threads
        self.stop = stop
    }

    /// Whether the server has said how it ended.
    private var isOver = false

    deinit { if !isOver { session.abandonCopy() } }

    public mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        let before = buffer.count
        while rowCount == nil, buffer.freeCapacity > 0 {
            if row == nil {
                row = try session.nextRow()
                if row != nil { receivedCount += 1 }
            }
            if row != nil {
                if row?.move(into: &buffer) == true { row = nil }
            } else if session.hasCopyEnded {
                isOver = true
                rowCount = try await finish()
            } else if buffer.count > before {
                return
            } else {
                try await wait()
            }
        }
    }

    private func wait() async throws {
        let (session, threads, stop) = (session, threads, stop)
        let cancelled = try await withTaskCancellationHandler {
            try await threads.run { try session.awaitRows(stop: stop.event) }
        } onCancel: {
            stop.event.signal()
        }
        if cancelled { throw CancellationError() }
    }

    /// The server's last word on the statement.
    private func finish() async throws -> Int {
        let (session, threads, stop) = (session, threads, stop)
        return try await withTaskCancellationHandler {
            try await threads.run { try session.endCopy(stop: stop.event) }
        } onCancel: {
            stop.event.signal()
        }
    }
}

/// An event that closures can share.
final class StopSignal: Sendable {
    let event: Event

    init() throws(SystemError) { event = try Event() }
}
