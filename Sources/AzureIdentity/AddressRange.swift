/// The IPv4 addresses a token may be used from: one, or a run of them.
struct AddressRange: Equatable {
    private let range: ClosedRange<UInt32>

    /// Reads `10.0.0.1` or `10.0.0.1-10.0.0.9`.
    init?(_ text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.address)
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last else {
            return nil
        }
        range = first...last
    }

    /// True for an address of the run, also written as IPv6 (`::ffff:10.0.0.1`).
    func contains(_ address: String) -> Bool {
        let plain = address.hasPrefix("::ffff:") ? address.dropFirst(7) : address[...]
        return Self.address(plain).map(range.contains) ?? false
    }

    private static func address(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), let byte = UInt8(part), part.first != "+" else { return nil }
            address = address << 8 | UInt32(byte)
        }
        return address
    }
}
