import HTTPListener
import Synchronization

/// Time as the faults need it: how long the server runs, and a way to let it pass.
struct FaultClock: Sendable {
    let elapsed: @Sendable () -> Duration
    let sleep: @Sendable (Duration) async throws -> Void

    init(_ clock: some Clock<Duration>) {
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
    }
}

/// Lets bytes pass no faster than a bandwidth, in both directions of one request.
final class FaultPace: Sendable {
    /// How far a late thread may catch up, so that the bandwidth is kept although no sleep ends on time.
    private static let credit = Duration.milliseconds(100)

    private let bandwidth: Int
    private let clock: FaultClock
    /// When the next byte may pass.
    private let due: Mutex<Duration>

    /// - Parameter bandwidth: In bytes a second, at least 1.
    init(bandwidth: Int, clock: FaultClock) {
        self.bandwidth = bandwidth
        self.clock = clock
        due = Mutex(clock.elapsed())
    }

    /// Waits until the bytes before these have had their time; at most a twentieth of a second's worth passes at once.
    func pass(_ count: Int) async throws -> Int {
        let passing = min(count, max(1, bandwidth / 20))
        let now = clock.elapsed()
        let wait = due.withLock { due in
            due = max(due, now - Self.credit)
            defer { due += .seconds(Double(passing) / Double(bandwidth)) }
            return due - now
        }
        if wait > .zero { try await clock.sleep(wait) }
        return passing
    }
}

/// Counts the bytes that pass, and does something once when `mark` of them have.
///
/// Bytes of one body pass one after another, so nothing else is counted while `act` runs.
final class FaultMark: Sendable {
    private let mark: Int
    private let act: @Sendable () async throws -> Void
    private let state = Mutex((passed: 0, isDone: false))

    init(at mark: Int, _ act: @escaping @Sendable () async throws -> Void) {
        self.mark = mark
        self.act = act
    }

    func pass(_ count: Int) async throws -> Int {
        let isNow = state.withLock { state in
            guard state.passed >= mark, !state.isDone else { return false }
            state.isDone = true
            return true
        }
        if isNow { try await act() }
        return state.withLock { state in
            let passing = state.isDone ? count : min(count, mark - state.passed)
            state.passed += passing
            return passing
        }
    }
}
