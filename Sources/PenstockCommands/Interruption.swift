import Synchronization

/// The moment at which the person asks a run to end.
public final class Interruption: Sendable {
    private let state = Mutex<(interrupted: Bool, action: (@Sendable () -> Void)?)>((false, nil))

    public init() {}

    public var isInterrupted: Bool { state.withLock { $0.interrupted } }

    /// Sets what an interruption does; done at once if there was one already.
    public func onInterrupt(_ action: @escaping @Sendable () -> Void) {
        let late = state.withLock { state in
            state.action = action
            return state.interrupted
        }
        if late { action() }
    }

    public func interrupt() {
        let action = state.withLock { state in
            state.interrupted = true
            return state.action
        }
        action?()
    }
}
