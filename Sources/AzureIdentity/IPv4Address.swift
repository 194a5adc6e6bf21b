/// An IPv4 address.
public struct IPv4Address: Sendable, Hashable, Comparable {
    public let bits: UInt32

    /// Reads `10.0.0.1`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), let byte = UInt8(part), part.first != "+" else { return nil }
            bits = bits << 8 | UInt32(byte)
        }
        self.bits = bits
    }

    /// Reads the address of a peer, which may be written as IPv6 (`::ffff:10.0.0.1`).
    public init?(peer text: String) {
        self.init(text.hasPrefix("::ffff:") ? text.dropFirst(7) : text[...])
    }

    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.bits < right.bits }
}

extension IPv4Address: CustomStringConvertible {
    public var description: String {
        [24, 16, 8, 0].map { String(bits >> $0 & 0xff) }.joined(separator: ".")
    }
}
