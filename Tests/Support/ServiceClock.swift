public import FoundationEssentials
import Synchronization

/// A time of day that only moves when a test says so.
public final class ServiceClock: Sendable {
    private let time: Mutex<Date>

    public init(_ start: Date = Date(timeIntervalSince1970: 1_710_495_000)) { time = Mutex(start) }

    public var now: Date { time.withLock { $0 } }

    public func pass(_ seconds: Double) { time.withLock { $0 += seconds } }
}
