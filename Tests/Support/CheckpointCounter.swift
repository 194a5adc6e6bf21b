import Synchronization

/// Counts the moments at which something waits, and acts at one of them.
public final class CheckpointCounter: Sendable {
    private let state = Mutex((reached: 0, hasActed: false))
    private let target: Int
    private let act: @Sendable () -> Void

    public init(target: Int, act: @escaping @Sendable () -> Void) {
        self.target = target
        self.act = act
    }

    /// How many moments there were so far.
    public var reached: Int { state.withLock { $0.reached } }
    /// True once it has acted, and not before the act is over.
    public var hasActed: Bool { state.withLock { $0.hasActed } }

    /// True at the moment at which it acts.
    @discardableResult
    public func reach() -> Bool {
        let number = state.withLock { state in
            defer { state.reached += 1 }
            return state.reached
        }
        guard number == target else { return false }
        act()
        state.withLock { $0.hasActed = true }
        return true
    }
}
