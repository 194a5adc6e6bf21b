/// The IPv4 addresses a token may be used from: one, or a run of them.
struct AddressRange: Equatable {
    private let range: ClosedRange<IPv4Address>

    /// Reads `10.0.0.1` or `10.0.0.1-10.0.0.9`.
    init?(_ text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { IPv4Address($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last else {
            return nil
        }
        range = first...last
    }

    /// True for an address of the run, also written as IPv6 (`::ffff:10.0.0.1`).
    func contains(_ address: String) -> Bool { IPv4Address(peer: address).map(range.contains) ?? false }
}
