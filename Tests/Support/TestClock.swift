import Synchronization

/// A clock on which nobody waits: sleeping moves it forward.
public final class TestClock: Clock {
    public struct Instant: InstantProtocol {
        let offset: Duration

        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let state = Mutex((time: Duration.zero, sleeps: [Duration]()))

    private let onSleep: @Sendable () async -> Void

    /// - Parameter onSleep: Called whenever somebody is about to sleep.
    public init(onSleep: @escaping @Sendable () async -> Void = {}) { self.onSleep = onSleep }

    public var now: Instant { state.withLock { Instant(offset: $0.time) } }
    public var minimumResolution: Duration { .zero }

    /// How long each sleep was.
    public var sleeps: [Duration] { state.withLock { $0.sleeps } }

    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        await onSleep()
        try Task.checkCancellation()
        state.withLock { state in
            state.sleeps.append(deadline.offset - state.time)
            state.time = max(state.time, deadline.offset)
        }
    }
}
