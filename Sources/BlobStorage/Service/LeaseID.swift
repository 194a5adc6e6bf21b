/// What the holder of a lease shows: a GUID, compared without regard to case.
public struct LeaseID: Sendable, Hashable, CustomStringConvertible {
    /// In lower case, without braces.
    public let text: String
    public var description: String { text }

    /// Reads the forms a GUID is written in: with or without hyphens, in braces or parentheses.
    public init?(_ text: String) {
        var digits = text.lowercased()[...]
        for (open, close) in [("{", "}"), ("(", ")")] where digits.hasPrefix(open) && digits.hasSuffix(close) {
            digits = digits.dropFirst().dropLast()
        }
        let plain = digits.utf8.filter { $0 != UInt8(ascii: "-") }
        let isHexadecimal = plain.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard plain.count == 32, isHexadecimal, digits.utf8.count == 32 || digits.utf8.count == 36 else { return nil }
        self.init(digits: plain)
    }

    /// A new one out of 128 random bits.
    public init(_ high: UInt64, _ low: UInt64) {
        self.init(digits: Self.hexadecimal(high) + Self.hexadecimal(low))
    }

    private init(digits: [UInt8]) {
        let ends = [8, 12, 16, 20, 32]
        text = zip([0] + ends, ends).map { String(decoding: digits[$0..<$1], as: UTF8.self) }.joined(separator: "-")
    }

    private static func hexadecimal(_ number: UInt64) -> [UInt8] {
        let digits = String(number, radix: 16)
        return Array((String(repeating: "0", count: 16 - digits.count) + digits).utf8)
    }
}
