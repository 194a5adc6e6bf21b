import BlobStorage
import FoundationEssentials
import Testing

@Suite("Ids of snapshots")
struct SnapshotIDTests {
    private func id(_ text: String) throws -> SnapshotID { try #require(SnapshotID(text)) }

    @Test("are the time, with seven digits of fraction")
    func form() {
        let moment = Date(timeIntervalSince1970: 1_710_495_000.25)
        #expect(SnapshotID(at: moment, after: nil).text == "2024-03-15T09:30:00.2500000Z")
    }

    @Test(
        "follow the one before, where the clock stands still or goes back",
        arguments: [
            ("2024-03-15T09:30:00.2500000Z", "2024-03-15T09:30:00.2500001Z"),
            ("2024-03-15T09:30:00.9999999Z", "2024-03-15T09:30:01.0000000Z"),
            ("2024-02-29T23:59:59.9999999Z", "2024-03-15T09:30:00.2500000Z"),
            ("2024-12-31T23:59:59.9999999Z", "2025-01-01T00:00:00.0000000Z"),
            ("2024-03-15T09:29:59.9999999Z", "2024-03-15T09:30:00.2500000Z"),
        ])
    func successors(last: String, next: String) throws {
        let moment = Date(timeIntervalSince1970: 1_710_495_000.25)
        #expect(SnapshotID(at: moment, after: try id(last)).text == next)
        #expect(try id(last) < id(next))
    }

    @Test("stay ids whatever the clock says", arguments: [-1e300, -1, 0, 1e300])
    func clocks(seconds: Double) {
        let made = SnapshotID(at: Date(timeIntervalSince1970: seconds), after: nil)
        #expect(SnapshotID(made.text) == made)
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "now", "2024-03-15T09:30:00Z", "2024-03-15T09:30:00.000000Z", "2024-03-15 09:30:00.0000000Z",
            "2024-83-15T09:30:00.0000000Z", "2023-02-29T09:30:00.0000000Z", "2024-00-15T09:30:00.0000000Z",
            "2024-03-15T24:30:00.0000000Z", "2024-03-15T09:60:00.0000000Z", "1969-12-31T09:30:00.0000000Z",
        ])
    func others(text: String) { #expect(SnapshotID(text) == nil) }
}
