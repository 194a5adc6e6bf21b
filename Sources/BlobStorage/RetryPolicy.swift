public import Diagnostics
import Synchronization

/// A schedule with the clock and the chance it needs: tries something again while that may help.
///
/// One policy belongs to one service. While that has never answered, the schedule is shorter: a name that was mistyped,
/// or a server that does not run, is said at once, and an outage in the middle of a transfer is waited out.
public struct RetryPolicy: Sendable {
    private let schedule: RetrySchedule
    /// For as long as the service has never answered.
    private let introduction: RetrySchedule
    /// The time since the policy was made.
    private let time: @Sendable () -> Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    private let chance: @Sendable () -> Double
    private let log: Log
    private let contact = Contact()

    /// How many tries have failed in a row when the log is told as a warning that somebody is kept waiting.
    private static let triesBeforeWarning = 4

    /// - Parameters:
    ///   - untilFirstAnswer: The longest time for a service that has never answered.
    ///   - chance: Answers numbers from 0 up to 1.
    public init<C: Clock>(
        _ schedule: RetrySchedule, untilFirstAnswer: Duration = .seconds(5), clock: C, log: Log,
        chance: @escaping @Sendable () -> Double
    ) where C.Duration == Duration {
        let start = clock.now
        self.schedule = schedule
        introduction = RetrySchedule(
            base: schedule.base, cap: schedule.cap, total: min(schedule.total, untilFirstAnswer))
        time = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
        self.chance = chance
        self.log = log
    }

    /// Calls `body` until it succeeds, fails for good, or the time is spent; then its last error is thrown.
    ///
    /// `body` is told how many tries went before.
    /// Only ``BlobStoreError``s that are transient lead to another try.
    public func run<Output>(_ body: (_ before: Int) async throws -> Output) async throws -> Output {
        let start = time()
        var failed = 0
        while true {
            do {
                let output = try await body(failed)
                contact.answered()
                return output
            } catch let error as BlobStoreError {
                if error.kind != .unreachable { contact.answered() }
                guard error.isTransient else { throw error }
                failed += 1
                let schedule = contact.wasMade ? schedule : introduction
                let wait = schedule.wait(
                    after: failed, elapsed: time() - start, asked: error.service?.retryAfter, chance: chance())
                guard let wait else { throw error }
                tell(of: error, failed, wait, until: schedule.total)
                try await sleep(wait)
            }
        }
    }

    private func tell(of error: BlobStoreError, _ failed: Int, _ wait: Duration, until total: Duration) {
        guard failed >= Self.triesBeforeWarning, contact.mayComplain() else {
            return log.debug("trying again", ["after": error.summary, "tries": "\(failed)", "wait": "\(wait)"])
        }
        log.warning("still trying, after", ["error": error.summary, "until": "\(total) have passed"])
    }
}

/// What is known of the service between the calls of a policy.
private final class Contact: Sendable {
    private let state = Mutex((made: false, complained: false))

    var wasMade: Bool { state.withLock { $0.made } }

    func answered() { state.withLock { $0 = (made: true, complained: false) } }

    /// True once in each outage, however many calls wait in it.
    func mayComplain() -> Bool {
        state.withLock { state in
            defer { state.complained = true }
            return !state.complained
        }
    }
}
