import PostgresFormats
import SystemCalls
import Testing

@Suite("Stretches of an archive's data")
struct StretchTests {
    /// The archive cut at the starts of some members, and one of them between two of its chunks.
    private struct Cuts {
        let fixture: Fixture
        let index: ArchiveIndex
        let contents: TableOfContents

        init(_ name: String) throws {
            fixture = try Fixture(name)
            index = try fixture.index()
            contents = try #require(index.contents.compressed(by: index.contents.header.compression))
        }

        func parts(_ range: Range<Int>, inside member: DumpID? = nil) throws -> [StretchPart] {
            var indexer = StretchIndexer(contents, inside: member)
            let bytes = Array(fixture.bytes[range])
            for start in stride(from: 0, to: bytes.count, by: 1000) {
                try indexer.consume(bytes.span.extracting(start..<min(start + 1000, bytes.count)))
            }
            return try indexer.finish()
        }

        /// The place between the first two chunks of a member.
        func middle(of member: ArchiveMember) -> Int {
            let header = member.offset + 6
            let length = (0..<4).reduce(0) { $0 | Int(fixture.bytes[header + 1 + $1]) << ($1 * 8) }
            return header + 5 + length
        }
    }

    @Test(
        "put together are the archive they were cut from",
        arguments: ["everything-z0-pipe.dump", "everything-z6-file.dump"])
    func whole(name: String) throws {
        let cuts = try Cuts(name)
        let end = cuts.fixture.bytes.count
        for split in cuts.index.members where split.kind == .tableData {
            let middle = cuts.middle(of: split)
            let stretches = [
                try cuts.parts(cuts.contents.prefix.count..<split.offset), try cuts.parts(split.offset..<middle),
                try cuts.parts(middle..<end, inside: split.dumpID),
            ]
            #expect(stretches[1].map(\.ends) == [false])
            #expect(stretches[2].first?.begins == false)
            let index = try ArchiveIndex(contents: cuts.contents, stretches: stretches)
            #expect(index.members == cuts.index.members)
            #expect(index.archiveSize == end)
        }
    }

    @Test("in any other number or order are refused")
    func wrong() throws {
        let cuts = try Cuts("everything-z0-pipe.dump")
        let split = try #require(cuts.index.members.dropFirst().first { $0.kind == .tableData && $0.payloadSize > 100 })
        let middle = cuts.middle(of: split)
        let first = try cuts.parts(cuts.contents.prefix.count..<split.offset)
        let second = try cuts.parts(split.offset..<middle)
        let third = try cuts.parts(middle..<cuts.fixture.bytes.count, inside: split.dumpID)
        #expect(throws: Never.self) { try ArchiveIndex(contents: cuts.contents, stretches: [first, second, third]) }
        let wrong = [
            [], [first], [first, second], [first, third], [second, first, third], [first, second, second, third],
            [first, second, third, third], [first, second, third, first], [third, first, second],
            [first, second, [], Array(third.dropLast())],
        ]
        for stretches in wrong {
            #expect(throws: ArchiveError.self) { try ArchiveIndex(contents: cuts.contents, stretches: stretches) }
        }
    }

    @Test("end only between members or chunks")
    func cut() throws {
        let cuts = try Cuts("everything-z0-pipe.dump")
        let member = try #require(cuts.index.members.first { $0.kind == .tableData && $0.payloadSize > 100 })
        let middle = cuts.middle(of: member)
        for end in [member.offset + 3, member.offset + 6 + 2, middle - 1, middle + 2] {
            #expect(throws: ArchiveError.self) { try cuts.parts(member.offset..<end) }
        }
        let objects = try #require(cuts.index.members.first { $0.kind == .largeObjects })
        #expect(throws: ArchiveError.self) { try cuts.parts(objects.offset..<objects.offset + 6) }
    }
}
