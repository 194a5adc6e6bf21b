public import Diagnostics

/// A schedule with the clock and the chance it needs: tries something again while that may help.
public struct RetryPolicy: Sendable {
    private let schedule: RetrySchedule
    /// The time since the policy was made.
    private let time: @Sendable () -> Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    private let chance: @Sendable () -> Double
    private let log: Log

    /// - Parameter chance: Answers numbers from 0 up to 1.
    public init<C: Clock>(
        _ schedule: RetrySchedule, clock: C, log: Log, chance: @escaping @Sendable () -> Double
    ) where C.Duration == Duration {
        let start = clock.now
        self.schedule = schedule
        time = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
        self.chance = chance
        self.log = log
    }

    /// Calls `body` until it succeeds, fails for good, or the time is spent; then its last error is thrown.
    ///
    /// `body` is told how many tries went before whose outcome is not known: any of them may have been carried out.
    /// Only ``BlobStoreError``s that are transient lead to another try.
    public func run<Output>(_ body: (_ before: Int) async throws -> Output) async throws -> Output {
        let start = time()
        var failed = 0
        while true {
            do {
                return try await body(failed)
            } catch let error as BlobStoreError where error.isTransient {
                failed += 1
                let asked = error.service?.retryAfter
                guard let wait = schedule.wait(after: failed, elapsed: time() - start, asked: asked, chance: chance())
                else { throw error }
                log.debug("trying again", ["after": error.summary, "tries": "\(failed)", "wait": "\(wait)"])
                try await sleep(wait)
            }
        }
    }
}
