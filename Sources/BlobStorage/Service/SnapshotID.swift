/// Which snapshot of a blob: the time it was taken, as the service writes it, opaque to clients.
public struct SnapshotID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// `2024-03-15T09:30:00.0000000Z`, with seven digits of fraction; older ones sort first.
    public let text: String
    public var description: String { text }

    /// `nil` unless it has that form.
    public init?(_ text: String) {
        let pattern = Array("dddd-dd-ddTdd:dd:dd.dddddddZ".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count == pattern.count else { return nil }
        for (byte, expected) in zip(bytes, pattern) {
            guard expected == UInt8(ascii: "d") ? (48...57).contains(byte) : byte == expected else { return nil }
        }
        self.text = text
    }

    /// - Parameter whole: In that form.
    init(whole text: String) { self.text = text }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
