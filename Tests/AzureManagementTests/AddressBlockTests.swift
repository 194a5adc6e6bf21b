import AzureIdentity
import AzureManagement
import Testing

@Suite("A block of addresses")
struct AddressBlockTests {
    @Test(
        "holds what its length says",
        arguments: [
            ("203.0.113.0/24", "203.0.113.255", true), ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.7", "203.0.113.7", true), ("203.0.113.7", "203.0.113.8", false),
            ("203.0.113.6/31", "203.0.113.7", true), ("0.0.0.0/0", "8.8.8.8", true),
        ])
    func holds(block: String, address: String, isIn: Bool) throws {
        let block = try #require(AddressBlock(block))
        let address = try #require(IPv4Address(address))
        #expect(block.contains(address) == isIn)
    }

    @Test(
        "is refused where it is none",
        arguments: ["", "203.0.113", "203.0.113.0/33", "203.0.113.0/", "::1", "1.2.3.4/-1"])
    func refused(text: String) { #expect(AddressBlock(text) == nil) }
}
