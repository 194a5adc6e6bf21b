/// The number by which one archive's entries and blocks know each other; always positive.
public struct DumpID: Sendable, Hashable, Comparable {
    public let rawValue: Int32

    /// `nil` unless `rawValue` is positive.
    public init?(_ rawValue: Int32) {
        guard rawValue > 0 else { return nil }
        self.rawValue = rawValue
    }

    public static func < (left: DumpID, right: DumpID) -> Bool { left.rawValue < right.rawValue }
}

extension DumpID: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
