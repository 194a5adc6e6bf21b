import Synchronization

/// A clock that stands still until it is moved on; whoever sleeps waits for that.
public final class ManualClock: Clock {
    public struct Instant: InstantProtocol {
        let offset: Duration

        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var time = Duration.zero
        var nextID = 0
        var sleepers: [Int: (deadline: Duration, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    public var now: Instant { state.withLock { Instant(offset: $0.time) } }
    public var minimumResolution: Duration { .zero }

    /// How many sleep now.
    public var sleeping: Int { state.withLock { $0.sleepers.count } }

    /// Waits until so many sleep at once, or throws `CancellationError`, as at the time limit of a test.
    public func sleepers(_ count: Int) async throws {
        while sleeping != count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Moves the clock on and wakes those whose time has come.
    public func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.time += duration
            let due = state.sleepers.filter { $0.value.deadline <= state.time }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard deadline.offset > state.time else { return true }
                    state.sleepers[id] = (deadline.offset, continuation)
                    return false
                }
                if isOver { continuation.resume() }
                // The task may have been cancelled before it lay down.
                if Task.isCancelled { wake(id) }
            }
        } onCancel: {
            wake(id)
        }
        try Task.checkCancellation()
    }

    private func wake(_ id: Int) {
        state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume()
    }
}
