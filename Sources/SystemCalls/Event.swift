import CGlibcShim
import Glibc

/// Something that happens once and that any number of threads can wait for, together with a descriptor or alone.
public struct Event: ~Copyable, Sendable {
    private let descriptor: Descriptor

    public init() throws(SystemError) {
        descriptor = Descriptor(owning: try checked("eventfd") { penstock_eventfd() })
    }

    /// Makes it happen; again changes nothing.
    public func signal() { _ = eventfd_write(descriptor.number, 1) }

    /// Waits until it happens, blocking this thread; false when the time was over before.
    ///
    /// - Parameter limit: `nil` waits for ever.
    public func wait(atMost limit: Duration? = nil) throws(SystemError) -> Bool {
        try Self.poll(-1, .reading, descriptor.number, atMost: limit).contains(.event)
    }

    public enum Readiness: Int32, Sendable {
        case reading = 1
        case writing = 2
        case either = 3
    }

    /// What a wait ended with; empty when the time was over.
    public struct Outcome: OptionSet, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// A call on the descriptor would not block; that it would fail counts too.
        public static let ready = Outcome(rawValue: 1)
        public static let event = Outcome(rawValue: 2)
    }

    /// Waits, blocking this thread, until a descriptor is ready or the event happens.
    public func wait(
        or number: Int32, isReadyFor readiness: Readiness, atMost limit: Duration? = nil
    ) throws(SystemError) -> Outcome {
        try Self.poll(number, readiness, descriptor.number, atMost: limit)
    }

    /// The same for another event, which counts as the descriptor and is ready once it has happened.
    public func wait(or other: borrowing Event, atMost limit: Duration?) throws(SystemError) -> Outcome {
        try wait(or: other.descriptor.number, isReadyFor: .reading, atMost: limit)
    }

    private static func poll(
        _ number: Int32, _ readiness: Readiness, _ event: Int32, atMost limit: Duration?
    ) throws(SystemError) -> Outcome {
        let deadline = limit.map { ContinuousClock.now.advanced(by: $0) }
        while true {
            let answer = penstock_poll(number, readiness.rawValue, event, milliseconds(until: deadline))
            if answer > 0 { return Outcome(rawValue: answer) }
            if answer == -1, errno != EINTR { throw SystemError(call: "poll", number: errno) }
            if let deadline, ContinuousClock.now >= deadline { return [] }
        }
    }

    /// Rounded up, so that the last wait does not end just before the deadline again and again.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let (seconds, attoseconds) = max(.zero, ContinuousClock.now.duration(to: deadline)).components
        guard seconds < 86_400 else { return 86_400_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
