import LocalIndex
import Synchronization

/// A connection that one thread at a time uses, until it is closed.
final class ConnectionOwner: Sendable {
    private let connection: Mutex<IndexConnection?>

    init(_ connection: consuming sending IndexConnection) { self.connection = Mutex(consume connection) }

    /// What `body` answers, or `nil` if the connection is closed.
    func use<Result: Sendable, Failure: Error>(
        _ body: (inout IndexConnection) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        try connection.withLock { connection throws(Failure) in
            guard var open = connection.take() else { return nil }
            do throws(Failure) {
                let result = try body(&open)
                connection = consume open
                return result
            } catch {
                connection = consume open
                throw error
            }
        }
    }

    func close() { connection.withLock { $0 = nil } }
}
