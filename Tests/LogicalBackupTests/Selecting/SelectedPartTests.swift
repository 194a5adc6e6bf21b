import BlobStorage
import PostgresFormats
import SystemCalls
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("A part of an archive")
struct SelectedPartTests {
    @Test("takes as many bytes as its members have, and the table of contents")
    func volume() throws {
        let bytes = try Fixtures.bytes("archives/everything-z6-file.dump")
        let index = try index(of: bytes)
        let prefix = index.contents.prefix.count
        func volume(_ members: Set<DumpID>) -> SelectedVolume? {
            SelectedVolume(of: members, in: index.contents, archiveSize: bytes.count, pieces: nil)
        }
        #expect(volume([]) == SelectedVolume(needed: prefix, read: prefix))
        for member in index.members {
            let size = prefix + member.length
            #expect(volume([member.dumpID]) == SelectedVolume(needed: size, read: size))
        }
        let all = SelectedVolume(needed: bytes.count, read: bytes.count)
        #expect(volume(Set(index.members.map(\.dumpID))) == all)
        let piped = try self.index(of: Fixtures.bytes("archives/everything-z6-pipe.dump"))
        #expect(SelectedVolume(of: [], in: piped.contents, archiveSize: bytes.count, pieces: nil) == nil)
    }

    @Test("is read in whole pieces where these have digests")
    func pieces() throws {
        let bytes = try Fixtures.bytes("archives/everything-z6-file.dump")
        let index = try index(of: bytes)
        let prefix = index.contents.prefix.count
        let run = PieceDigests.Run(offset: 0, length: bytes.count, pieceSize: 100)
        let digests = try #require(
            PieceDigests(runs: [run], packed: [UInt8](repeating: 0, count: run.count * 32)))
        func rounded(_ range: Range<Int>) -> Int {
            min((range.upperBound + 99) / 100 * 100, bytes.count) - range.lowerBound / 100 * 100
        }
        for member in index.members {
            let volume = SelectedVolume(
                of: [member.dumpID], in: index.contents, archiveSize: bytes.count, pieces: digests)
            #expect(volume?.needed == prefix + member.length)
            #expect(volume?.read == rounded(0..<prefix) + rounded(member.offset..<member.offset + member.length))
        }
    }

    private func index(of bytes: [UInt8]) throws -> ArchiveIndex {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        return try indexer.finish()
    }
}
