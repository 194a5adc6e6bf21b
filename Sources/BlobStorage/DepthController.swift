/// Finds out how many requests at once are best: a pure value that is told what happened and answers how many.
///
/// It doubles the depth while the rate grows with it, goes back when it does not, and looks again after a while, since
/// networks change. A service that says it is busy, or a request that timed out, halves the depth.
public struct DepthController: Sendable {
    /// How many requests may be under way now.
    public private(set) var depth: Int

    private let limits: ClosedRange<Int>
    private var window = Window()
    /// What the depth before this one brought, while a larger one is tried.
    private var before: (depth: Int, rate: Double)?
    /// Windows until a larger depth is tried again; `nil` while one is being tried.
    private var rest: Int?
    private var lastHalving: Duration?

    /// A larger depth has to bring at least this much more to be kept.
    private static let worthwhile = 1.05
    private static let windowsOfRest = 20
    /// Answers of one overload come together; they count once.
    private static let overload = Duration.seconds(1)

    /// - Parameters:
    ///   - limits: Equal bounds fix the depth.
    ///   - start: Where to begin; within the limits.
    public init(limits: ClosedRange<Int>, start: Int) {
        precondition(limits.lowerBound > 0, "a transfer needs a request")
        self.limits = limits
        depth = min(max(start, limits.lowerBound), limits.upperBound)
    }

    /// A request that moved `bytes` has ended well.
    public mutating func finished(bytes: Int, at now: Duration) {
        guard window.add(bytes, at: now, depth: depth) else { return }
        let rate = window.rate(until: now)
        window = Window(start: now)
        decide(rate)
    }

    /// The service was overloaded, or did not answer in time.
    public mutating func overloaded(at now: Duration) {
        if let lastHalving, now - lastHalving < Self.overload { return }
        lastHalving = now
        depth = max(limits.lowerBound, depth / 2)
        before = nil
        rest = Self.windowsOfRest
        window = Window(start: now)
    }

    private mutating func decide(_ rate: Double) {
        if let left = rest, left > 0 {
            rest = left - 1
        } else if let before, rate < before.rate * Self.worthwhile {
            depth = before.depth
            self.before = nil
            rest = Self.windowsOfRest
        } else if depth < limits.upperBound {
            before = (depth, rate)
            rest = nil
            depth = min(limits.upperBound, depth * 2)
        }
    }

    /// A run of requests whose rate is measured.
    private struct Window: Sendable {
        /// Shorter ones would measure chance.
        static let shortest = Duration.milliseconds(100)

        var start: Duration?
        private var bytes = 0
        private var requests = 0

        init(start: Duration? = nil) { self.start = start }

        /// True once every request of the depth has had its turn and some time has passed.
        mutating func add(_ bytes: Int, at now: Duration, depth: Int) -> Bool {
            guard let start else {
                start = now
                return false
            }
            self.bytes += bytes
            requests += 1
            return requests >= depth && now - start >= Self.shortest
        }

        /// In bytes a second.
        func rate(until now: Duration) -> Double {
            let (seconds, attoseconds) = (now - (start ?? now)).components
            return Double(bytes) / max(1e-9, Double(seconds) + Double(attoseconds) / 1e18)
        }
    }
}
