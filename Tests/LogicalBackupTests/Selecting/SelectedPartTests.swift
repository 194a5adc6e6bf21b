import BlobStorage
import ByteStreams
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

    @Test("that is scattered over one piece reads it once")
    func scattered() throws {
        let bytes = try Fixtures.bytes("archives/everything-z6-file.dump")
        let index = try index(of: bytes)
        let run = PieceDigests.Run(offset: 0, length: bytes.count, pieceSize: 1 << 20)
        let digests = try #require(PieceDigests(runs: [run], packed: [UInt8](repeating: 0, count: 32)))
        let everySecond = index.members.indices.filter { $0.isMultiple(of: 2) }.map { index.members[$0].dumpID }
        let volume = SelectedVolume(
            of: Set(everySecond), in: index.contents, archiveSize: bytes.count, pieces: digests)
        // Once for the table of contents, once for the data.
        #expect(volume?.read == 2 * bytes.count)
    }

    @Test("is handed on without what lies between, however it is cut", arguments: [1, 3, 7, 100])
    func wanted(step: Int) async throws {
        let bytes = (0..<100).map { UInt8($0) }
        let read = RestoreBatch.Read(range: 10..<90, wanted: [10..<12, 20..<21, 21..<50, 89..<90])
        var sink = WantedSink(MemorySink(limit: 100), read)
        for start in stride(from: 10, to: 90, by: step) {
            try await sink.write(bytes[start..<min(start + step, 90)].span)
        }
        #expect(sink.position == 90)
        let expected = read.wanted.flatMap { bytes[$0] }
        #expect(sink.sink.bytes == expected)
    }

    @Test("is read in runs that share no piece, and without digests as it lies")
    func reads() throws {
        let ranges = [0..<5, 5..<10, 15..<18, 25..<40, 41..<42, 70..<71]
        let members = try ranges.enumerated().map { index, range in
            StoredArchive.Member(dumpID: try #require(DumpID(Int32(index + 1))), range: range)
        }
        let batch = RestoreBatch(members: members)
        let run = PieceDigests.Run(offset: 0, length: 100, pieceSize: 20)
        let digests = try #require(PieceDigests(runs: [run], packed: [UInt8](repeating: 0, count: 160)))
        #expect(
            batch.reads(checkedBy: digests) == [
                RestoreBatch.Read(range: 0..<18, wanted: [0..<10, 15..<18]),
                RestoreBatch.Read(range: 25..<40, wanted: [25..<40]),
                RestoreBatch.Read(range: 41..<42, wanted: [41..<42]),
                RestoreBatch.Read(range: 70..<71, wanted: [70..<71]),
            ])
        #expect(batch.reads(checkedBy: nil).map(\.range) == [0..<10, 15..<18, 25..<40, 41..<42, 70..<71])
    }

    private func index(of bytes: [UInt8]) throws -> ArchiveIndex {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        return try indexer.finish()
    }
}
