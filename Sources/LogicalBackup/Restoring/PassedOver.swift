import PostgresTools

/// Errors that pg_restore reported and passed over.
struct PassedOver: Sendable {
    var count = 0
    /// The first of them, and warnings.
    var messages: [String] = []

    init() {}

    init(_ count: Int, _ messages: [String]) {
        self.count = count
        self.messages = messages
    }

    init(_ count: Int, _ messages: ToolMessages) { self.init(count, messages.all.map(\.text)) }

    static func + (left: PassedOver, right: PassedOver) -> PassedOver {
        var sum = left
        sum.count += right.count
        sum.messages += right.messages.prefix(max(0, ToolMessages.limit - left.messages.count))
        return sum
    }
}

extension RestoreProgram.Outcome {
    /// What was passed over on the way to the end; throws if pg_restore did not get there.
    func passedOver(_ messages: ToolMessages) throws -> PassedOver {
        switch self {
        case .complete: PassedOver(0, messages)
        case .passedOver(let count, _): PassedOver(count, messages)
        case .stopped(let failure): throw failure
        }
    }
}
