import Synchronization

/// Counts the moments at which something waits, and acts at one of them.
public final class CheckpointCounter: Sendable {
    private let state = Mutex(0)
    private let target: Int
    private let act: @Sendable () -> Void

    public init(target: Int, act: @escaping @Sendable () -> Void) {
        self.target = target
        self.act = act
    }

    /// How many moments there were so far.
    public var reached: Int { state.withLock { $0 } }

    /// True at the moment at which it acts.
    @discardableResult
    public func reach() -> Bool {
        let number = state.withLock { count in
            defer { count += 1 }
            return count
        }
        guard number == target else { return false }
        act()
        return true
    }
}
