import FoundationEssentials
import Testing

@testable import PenstockCommands

@Suite("The end of a credential")
struct CredentialEndTests {
    private let now = Date(timeIntervalSince1970: 1_710_495_000)  // 2024-03-15T09:30:00Z

    private func warning(after seconds: Double, size: Int? = nil, bandwidth: Int? = nil) -> String? {
        CredentialEnd(end: now.addingTimeInterval(seconds), now: now, size: size, bandwidth: bandwidth).warning
    }

    @Test("is warned of where less than an hour is left for a transfer of unknown size")
    func unknownSize() {
        #expect(warning(after: 3600) == nil)
        #expect(warning(after: 3599)?.contains("ends at 2024-03-15T10:29:59Z, in 59 min;") == true)
    }

    @Test("is warned of where a known size takes longer at a cautious rate")
    func knownSize() {
        #expect(warning(after: 100, size: 6_000_000_000) == nil)
        #expect(
            warning(after: 99, size: 6_000_000_000)?.contains("in 99 s; 5.6 GiB at 57.2 MiB/s take about 100 s") == true
        )
        #expect(warning(after: 1, size: 1000) == nil)
    }

    @Test("is warned of by the bandwidth where that is lower")
    func bandwidth() {
        #expect(warning(after: 5999, size: 6_000_000_000, bandwidth: 1_000_000)?.contains("1 h 40 min") == true)
        #expect(warning(after: 100, size: 6_000_000_000, bandwidth: 1_000_000_000) == nil)
    }
}
