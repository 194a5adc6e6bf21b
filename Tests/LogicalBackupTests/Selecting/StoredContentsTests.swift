import BlobStorage
import Diagnostics
import PostgresFormats
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("Tables of contents where they lie")
struct StoredContentsTests {
    @Test("are read whole, whether or not a manifest says how long they are", arguments: [false, true])
    func whole(digests: Bool) async throws {
        let stored = try await StoredFixture("everything-z0-file.dump", digests: digests)
        let read = try await StoredContents(stored.downloader(), limit: 1 << 20).read(stored.database)
        #expect(read.size == stored.bytes.count)
        #expect(read.contents.prefix == Array(stored.bytes[..<read.contents.prefix.count]))
        #expect(read.contents.count > 20)
    }

    @Test("are checked against the digests piece by piece, and what lies behind them is not read")
    func damaged() async throws {
        let prefix = try await StoredFixture("everything-z0-file.dump").contents().prefix.count
        let bad = try await StoredFixture("everything-z0-file.dump", digests: true, damaged: prefix - 1)
        let error = await #expect(throws: TransferError.self) { try await bad.contents() }
        let start = (prefix - 1) / 1000 * 1000
        #expect(error?.kind == .damaged(blob: "archive", range: start..<min(start + 1000, bad.bytes.count)))
        let last = bad.bytes.count - 1
        let behind = try await StoredFixture("everything-z0-file.dump", digests: true, damaged: last)
        #expect(try await behind.contents().prefix.count == prefix)
    }

    @Test("that are larger than may be held, cut, or none at all are refused")
    func refused() async throws {
        let stored = try await StoredFixture("everything-z0-file.dump")
        let tooLarge = await #expect(throws: ArchiveError.self) { try await stored.contents(limit: 2000) }
        #expect(tooLarge?.kind == .contentsTooLarge)
        for (name, kind) in [("plain.head", ArchiveError.Kind.notCustom), ("directory.toc", .notCustom)] {
            let other = try await StoredFixture(name)
            let error = await #expect(throws: ArchiveError.self) { try await other.contents() }
            #expect(error?.kind == kind, "\(name)")
        }
    }
}
