import PostgresTools
import Synchronization

/// Collects what a client program says on its standard error.
final class ToolMessages: Sendable {
    /// More than this is counted, not kept: a broken script can produce an error a line.
    static let limit = 1000

    private struct State {
        var kept: [ToolMessage] = []
        var last: ToolMessage?
        var errors = 0
        var expected = 0
    }

    private let state = Mutex(State())
    private let isExpected: @Sendable (ToolMessage) -> Bool

    /// - Parameter isExpected: True for a message that is neither counted nor kept.
    init(isExpected: @escaping @Sendable (ToolMessage) -> Bool = { _ in false }) { self.isExpected = isExpected }

    func receive(_ line: String) {
        let message = ToolMessage(line)
        guard message.level >= .warning else { return }
        let isExpected = isExpected(message)
        state.withLock { state in
            guard !isExpected else { return state.expected += 1 }
            if message.level == .error { state.errors += 1 }
            if state.kept.count < Self.limit { state.kept.append(message) }
            state.last = message
        }
    }

    /// The first warnings and errors, in order.
    var all: [ToolMessage] { state.withLock { $0.kept } }
    /// All errors, also those that were not kept.
    var errorCount: Int { state.withLock { $0.errors } }

    /// How many errors pg_restore says it passed over, in its very last words; `nil` if it ended with others.
    ///
    /// The server's messages pass through pg_restore, and any of them may look like this one. Only the last cannot, unless
    /// pg_restore was told to stop at the first error. It never says that it passed over none.
    var ignoredErrors: Int? {
        let mark = "errors ignored on restore: "
        guard let last = state.withLock({ $0.last }), last.text.hasPrefix(mark) else { return nil }
        return Int(last.text.dropFirst(mark.count)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// The same without those that were expected.
    var passedOver: Int? {
        guard let ignoredErrors else { return nil }
        return state.withLock { $0.expected == 0 ? ignoredErrors : $0.errors }
    }

    /// For pg_restore, which sets what only servers as new as itself know; older ones need no such setting.
    static func ofRestore() -> ToolMessages {
        ToolMessages { message in
            message.text.hasPrefix("could not execute query: ")
                && message.text.hasSuffix(#"unrecognized configuration parameter "transaction_timeout""#)
        }
    }
}
