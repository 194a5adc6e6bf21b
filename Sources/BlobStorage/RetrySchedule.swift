/// How long to wait between tries: exponential with full jitter, bounded by time and not by count.
///
/// Source of the form: <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
public struct RetrySchedule: Sendable, Equatable {
    /// The longest wait after the first try; each later one may be twice as long.
    public var base: Duration
    /// No wait is longer, unless the service asks for it.
    public var cap: Duration
    /// No try begins later than this after the first.
    public var total: Duration

    public init(base: Duration = .milliseconds(800), cap: Duration = .seconds(60), total: Duration = .seconds(600)) {
        self.base = base
        self.cap = cap
        self.total = total
    }

    /// The wait before the next try, or `nil` if there is to be none.
    ///
    /// - Parameters:
    ///   - tries: How many have failed, at least 1.
    ///   - elapsed: The time since the first began.
    ///   - asked: What the service asked to wait (`Retry-After`); it is the least then.
    ///   - chance: From 0 up to 1: which part of the longest wait it is to be.
    public func wait(after tries: Int, elapsed: Duration, asked: Duration?, chance: Double) -> Duration? {
        var longest = min(base, cap)
        for _ in 1..<max(1, min(tries, 64)) where longest < cap { longest = min(longest * 2, cap) }
        let wait = max(longest * chance, asked ?? .zero)
        return elapsed + wait <= total ? wait : nil
    }
}
