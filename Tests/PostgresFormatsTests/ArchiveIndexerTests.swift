import PostgresFormats
import TestSupport
import Testing

@Suite("The archive indexer")
struct ArchiveIndexerTests {
    @Test("finds every member, without gaps from the prefix to the end", arguments: Fixture.archives)
    func noGaps(name: String) throws {
        let fixture = try Fixture(name)
        let index = try fixture.index()
        var end = index.contents.prefix.count
        for member in index.members {
            #expect(member.offset == end)
            end += member.length
        }
        #expect(end == fixture.bytes.count)
        #expect(index.archiveSize == fixture.bytes.count)
        #expect(Set(index.members.map(\.dumpID)) == Set(index.contents.filter(\.dataState.hasData).map(\.dumpID)))
    }

    @Test("knows what the members of a real archive hold")
    func members() throws {
        let fixture = try Fixture("everything-z0-pipe.dump")
        let index = try fixture.index()
        func member(_ tag: ArchiveText) throws -> ArchiveMember {
            try #require(index.members.first { index.contents[$0.dumpID]?.tag == tag })
        }
        // Uncompressed, a table ends with `\.` and two empty lines; forty rows of a number, a tab, 32 digits, a newline.
        let terminator = 5
        #expect(try member("rows").payloadSize == 9 + 31 * 2 + 40 * 34 + terminator)
        #expect(try member("empty_table").payloadSize == terminator)
        #expect(try member("no_columns").payloadSize == 2 + terminator)
        #expect(try member("wide").payloadSize == 320 * 32 + 1 + terminator)
        let large = try member("BLOBS")
        #expect(large.kind == .largeObjects)
        #expect(large.largeObjectCount == 3)
        #expect(large.payloadSize == 14 + 160 * 32)
        #expect(index.members.filter { $0 != large }.allSatisfy { $0.kind == .tableData && $0.largeObjectCount == 0 })
    }

    @Test("makes a pipe's archive the one that pg_dump writes to a file", arguments: Fixture.pairs)
    func patched(name: String) throws {
        let pipe = try Fixture("everything-\(name)-pipe.dump")
        let index = try pipe.index()
        let patched = index.patchedPrefix() + pipe.bytes[index.contents.prefix.count...]
        let file = try Fixture("everything-\(name)-file.dump").bytes
        // The seven integers of the date begin behind the compression: a level of five bytes, then a method of one.
        let date = index.contents.header.version >= ArchiveVersion(1, 15) ? 12..<47 : 16..<51
        #expect(patched.count == file.count)
        #expect(patched.indices.filter { patched[$0] != file[$0] && !date.contains($0) } == [])
        #expect(patched != pipe.bytes)
    }

    @Test("leaves an archive that has its offsets as it is", arguments: Fixture.pairs)
    func patchedTwice(name: String) throws {
        let index = try Fixture("everything-\(name)-file.dump").index()
        #expect(index.patchedPrefix() == index.contents.prefix)
        #expect(index.contents.schemaOnlyPrefix() != index.contents.prefix)
    }

    @Test("gives back the prefix of a pipe's archive for restoring only the schema")
    func schemaOnly() throws {
        let pipe = try Fixture("everything-z6-pipe.dump").contents()
        let file = try Fixture("everything-z6-file.dump").contents()
        #expect(pipe.schemaOnlyPrefix() == pipe.prefix)
        #expect(file.schemaOnlyPrefix().dropFirst(51) == pipe.prefix.dropFirst(51))
    }

    @Test("finds the same in pieces of any size", arguments: 1...300)
    func splits(size: Int) throws {
        let fixture = try Fixture("everything-z0-pipe.dump")
        let whole = try fixture.index()
        var indexer = ArchiveIndexer(maximumPrefixSize: amplePrefix)
        let prefixCount = try feed(fixture.bytes, to: &indexer, piece: { size })
        let index = try indexer.finish()
        #expect(index.members == whole.members)
        #expect(index.archiveSize == whole.archiveSize)
        #expect(index.patchedPrefix() == whole.patchedPrefix())
        #expect(prefixCount == whole.contents.prefix.count)
    }

    @Test("finds the same in pieces of random sizes", arguments: 0..<100 as Range<UInt64>)
    func randomSplits(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let name = try #require(Fixture.archives.randomElement(using: &random))
        let fixture = try Fixture(name)
        let whole = try fixture.index()
        let bound = [3, 17, 700, 9000].randomElement(using: &random) ?? 1
        let index = try indexed(fixture.bytes, piece: { Int.random(in: 0...bound, using: &random) })
        #expect(index.members == whole.members)
        #expect(index.patchedPrefix() == whole.patchedPrefix())
    }

    @Test("refuses to call an archive whole that was cut at any byte", arguments: Fixture.archives)
    func everyCut(name: String) throws {
        let bytes = try Fixture(name).bytes
        var indexer = ArchiveIndexer(maximumPrefixSize: amplePrefix)
        for cut in bytes.indices {
            let error = #expect(throws: ArchiveError.self) { try indexer.finish() }
            let kinds: [ArchiveError.Kind] = [cut == 0 ? .empty : .truncated, .memberMissing]
            #expect(kinds.contains { $0 == error?.kind }, "cut at \(cut)")
            #expect(error?.position == cut)
            _ = try indexer.consume(bytes[cut..<cut + 1])
        }
        _ = try indexer.finish()
    }

    @Test("says between two members which data is missing")
    func cutBetweenMembers() throws {
        let fixture = try Fixture("everything-z6-file.dump")
        let index = try fixture.index()
        for (number, member) in index.members.enumerated() {
            let error = try #require(refusal(of: Array(fixture.bytes[..<member.offset])))
            #expect(error.kind == .memberMissing)
            let entry = try #require(index.contents[member.dumpID])
            let others = index.members.count - number - 1
            let more = others == 0 ? "" : " and of \(others) more"
            #expect(error.summary == "the archive ends at byte \(member.offset) without the data of \(entry)\(more)")
        }
    }

    @Test("knows the prefix as soon as its last byte has come, and members as they end")
    func progress() throws {
        let fixture = try Fixture("everything-z6-pipe.dump")
        let whole = try fixture.index()
        let length = whole.contents.prefix.count
        let second = whole.members[1]
        var indexer = ArchiveIndexer(maximumPrefixSize: amplePrefix)
        #expect(try indexer.consume(fixture.bytes[0..<length - 1]) == length - 1)
        #expect(indexer.prefixLength == nil)
        #expect(try indexer.consume(fixture.bytes[length - 1..<second.offset]) == 1)
        #expect(indexer.prefixLength == length)
        #expect(indexer.contents?.prefix == whole.contents.prefix)
        #expect(indexer.members == [whole.members[0]])
        #expect(try indexer.consume(fixture.bytes[second.offset...]) == 0)
        #expect(indexer.members == whole.members)
    }

    @Test("reads prefixes far longer than what it takes at a time", arguments: [1 << 30, 100_000, 4096, 777])
    func longPrefix(size: Int) throws {
        var encoder = ArchiveEncoder()
        for number in 1...2500 as ClosedRange<Int32> {
            var entry = ArchiveEncoder.Entry.tableData(number)
            entry.definition = Array(repeating: 0x20, count: Int(number % 200))
            entry.dependencies = Array(repeating: "7", count: Int(number % 50))
            encoder.entries.append(entry)
            encoder.data += ArchiveEncoder.table(number, chunks: [Array(repeating: 9, count: Int(number % 20) + 1)])
        }
        let index = try indexed(encoder.encoded(), piece: { size })
        #expect(index.contents.count == 2500)
        #expect(index.members.count == 2500)
        #expect(index.contents.prefix == encoder.prefix())
    }

    @Test("counts large objects whose identifiers look negative, and empty ones")
    func largeObjects() throws {
        var encoder = ArchiveEncoder(entries: [.largeObjects(3)])
        encoder.data = [3] + ArchiveEncoder.integer(3)
        for oid in [1, -1, Int32.min] as [Int32] {
            encoder.data += ArchiveEncoder.integer(oid) + ArchiveEncoder.text([7, 7]) + ArchiveEncoder.integer(0)
        }
        encoder.data += ArchiveEncoder.integer(5) + ArchiveEncoder.integer(0) + ArchiveEncoder.integer(0)
        let member = try #require(indexed(encoder.encoded()).members.first)
        #expect(member.largeObjectCount == 4)
        #expect(member.payloadSize == 6)
        #expect(member.length == encoder.data.count)
    }
}
