/// Which snapshot of a blob: the time it was taken, as the service writes it, opaque to clients.
public struct SnapshotID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// `2024-03-15T09:30:00.0000000Z`, with seven digits of fraction; older ones sort first.
    public let text: String
    public var description: String { text }

    /// `nil` unless it has that form and is a moment since 1970.
    public init?(_ text: String) {
        let pattern = Array("dddd-dd-ddTdd:dd:dd.dddddddZ".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count == pattern.count else { return nil }
        for (byte, expected) in zip(bytes, pattern) {
            guard expected == UInt8(ascii: "d") ? (48...57).contains(byte) : byte == expected else { return nil }
        }
        guard Self.isMoment(bytes) else { return nil }
        self.text = text
    }

    private static func isMoment(_ bytes: [UInt8]) -> Bool {
        func number(_ start: Int, _ count: Int) -> Int {
            bytes[start..<start + count].reduce(0) { $0 * 10 + Int($1) - 48 }
        }
        let (year, month) = (number(0, 4), number(5, 2))
        guard year >= 1970, (1...12).contains(month) else { return false }
        let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        return (1...days).contains(number(8, 2)) && number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60
    }

    /// - Parameter whole: In that form.
    init(whole text: String) { self.text = text }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
