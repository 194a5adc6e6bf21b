public import AzureIdentity

/// The addresses of a firewall rule: one, or a block such as `203.0.113.0/24`.
public struct AddressBlock: Sendable, Equatable {
    private let first: UInt32
    private let mask: UInt32

    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPv4Address(parts[0]) else { return nil }
        var length = 32
        if parts.count == 2 {
            guard (1...2).contains(parts[1].utf8.count), let number = Int(parts[1]), (0...32).contains(number) else {
                return nil
            }
            length = number
        }
        mask = length == 0 ? 0 : UInt32.max << UInt32(32 - length)
        first = address.bits & mask
    }

    public func contains(_ address: IPv4Address) -> Bool { address.bits & mask == first }
}
