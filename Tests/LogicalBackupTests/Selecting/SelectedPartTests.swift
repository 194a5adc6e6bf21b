import ByteStreams
import PostgresFormats
import SystemCalls
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("A part of an archive")
struct SelectedPartTests {
    /// Keeps what is handed on where it outlives the sink around it.
    private final class Kept: ByteSink {
        private(set) var bytes: [UInt8] = []
        func write(_ new: Span<UInt8>) { for index in 0..<new.count { bytes.append(new[index]) } }
    }

    private static let archives = ["everything-z0-pipe.dump", "everything-z6-file.dump", "schema-only.dump"]

    /// What is handed on of an archive cut into pieces, and whether that was everything that is wanted.
    private func handedOn(
        _ bytes: [UInt8], _ contents: TableOfContents, _ members: Set<DumpID>, step: Int
    ) async throws -> (bytes: [UInt8], isComplete: Bool) {
        let kept = Kept()
        var sink = SelectedPartSink(kept, contents: contents, members: members)
        for start in stride(from: 0, to: bytes.count, by: step) {
            do {
                try await sink.write(bytes[start..<min(start + step, bytes.count)].span)
            } catch is SelectedPartSink<Kept>.Complete {
                return (kept.bytes, true)
            }
        }
        #expect(sink.endedEarly() is ArchiveError)
        return (kept.bytes, false)
    }

    @Test("is streamed to the end of its last member and no byte further", arguments: archives, [1, 7, 4096, 1 << 20])
    func end(name: String, step: Int) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let index = try index(of: bytes)
        let none = try await handedOn(bytes, index.contents, [], step: step)
        #expect(none.isComplete && none.bytes == index.contents.prefix)
        for (position, member) in index.members.enumerated() {
            // The one before comes first in the archive, so this one is the last.
            let wanted = Set(index.members[max(0, position - 1)...position].map(\.dumpID))
            let found = try await handedOn(bytes, index.contents, wanted, step: step)
            #expect(found.isComplete && found.bytes == Array(bytes[..<(member.offset + member.length)]))
        }
    }

    @Test("of an archive that is cut is never complete", arguments: archives)
    func cut(name: String) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let index = try index(of: bytes)
        guard let last = index.members.last else { return }
        for end in Array(stride(from: 0, to: bytes.count, by: bytes.count / 50)) + [bytes.count - 1] {
            let found = try await handedOn(Array(bytes[..<end]), index.contents, [last.dumpID], step: 1000)
            #expect(!found.isComplete, "cut at \(end)")
        }
    }

    @Test("takes as many bytes as its members have, and the table of contents")
    func volume() throws {
        let bytes = try Fixtures.bytes("archives/everything-z6-file.dump")
        let index = try index(of: bytes)
        let prefix = index.contents.prefix.count
        func volume(_ members: Set<DumpID>) -> SelectedVolume? {
            SelectedVolume(of: members, in: index.contents, archiveSize: bytes.count)
        }
        #expect(volume([]) == SelectedVolume(needed: prefix, streamed: prefix))
        for member in index.members {
            let expected = SelectedVolume(needed: prefix + member.length, streamed: member.offset + member.length)
            #expect(volume([member.dumpID]) == expected)
        }
        let all = SelectedVolume(needed: bytes.count, streamed: bytes.count)
        #expect(volume(Set(index.members.map(\.dumpID))) == all)
        let piped = try self.index(of: Fixtures.bytes("archives/everything-z6-pipe.dump"))
        #expect(SelectedVolume(of: [], in: piped.contents, archiveSize: bytes.count) == nil)
    }

    private func index(of bytes: [UInt8]) throws -> ArchiveIndex {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        return try indexer.finish()
    }
}
