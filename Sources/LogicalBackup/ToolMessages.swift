import PostgresTools
import Synchronization

/// Collects what a client program says on its standard error.
final class ToolMessages: Sendable {
    /// More than this is counted, not kept: a broken script can produce an error a line.
    private static let limit = 1000

    private let state = Mutex<(kept: [ToolMessage], errors: Int)>(([], 0))

    func receive(_ line: String) {
        let message = ToolMessage(line)
        guard message.level >= .warning else { return }
        state.withLock { state in
            if message.level == .error { state.errors += 1 }
            if state.kept.count < Self.limit { state.kept.append(message) }
        }
    }

    /// The warnings and errors, in order.
    var all: [ToolMessage] { state.withLock { $0.kept } }
    var errorCount: Int { state.withLock { $0.errors } }
}
