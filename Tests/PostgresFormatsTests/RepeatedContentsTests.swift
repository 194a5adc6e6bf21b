import PostgresFormats
import TestSupport
import Testing

@Suite("The table of contents behind the data")
struct RepeatedContentsTests {
    @Test("is no block, and the members before it are found", arguments: Fixture.redirected)
    func members(name: String) throws {
        let fixture = try Fixture(name)
        let index = try fixture.index()
        #expect(index.members.count == 2)
        #expect(index.contents.allSatisfy { $0.dataState == .noData || $0.dataState == .offsetNotSet })
        let end = try #require(index.members.last.map { $0.offset + $0.length })
        #expect(end < fixture.bytes.count)
        #expect(index.archiveSize == fixture.bytes.count)
        // Without it the archive is what pg_dump writes to a pipe.
        #expect(try indexed(Array(fixture.bytes[..<end])).members == index.members)
    }

    @Test("holds the offsets that were found", arguments: Fixture.redirected)
    func offsets(name: String) throws {
        let fixture = try Fixture(name)
        let index = try fixture.index()
        for member in index.members {
            let offset = (0..<8).map { UInt8(truncatingIfNeeded: member.offset >> ($0 * 8)) }
            let end = try #require(index.members.last.map { $0.offset + $0.length })
            let behind = Array(fixture.bytes[end...])
            #expect(behind.indices.contains { behind[$0...].starts(with: [2] + offset) })
        }
    }

    @Test("is found in pieces of any size", arguments: Fixture.redirected)
    func splits(name: String) throws {
        let fixture = try Fixture(name)
        let whole = try fixture.index()
        for size in 1...90 { #expect(try indexed(fixture.bytes, piece: { size }).members == whole.members) }
    }

    @Test("is refused if it was cut", arguments: Fixture.redirected)
    func cuts(name: String) throws {
        let fixture = try Fixture(name)
        let index = try fixture.index()
        let start = try #require(index.members.last.map { $0.offset + $0.length })
        for cut in start + 1..<fixture.bytes.count {
            #expect(refusal(of: Array(fixture.bytes[..<cut]))?.kind == .truncated, "cut at \(cut)")
        }
    }

    @Test("is refused if any byte of it is another, or one follows", arguments: Fixture.redirected)
    func damage(name: String) throws {
        let fixture = try Fixture(name)
        let index = try fixture.index()
        let start = try #require(index.members.last.map { $0.offset + $0.length })
        for place in start..<fixture.bytes.count {
            var bytes = fixture.bytes
            bytes[place] ^= 0x40
            let error = try #require(refusal(of: bytes), "damaged at \(place)")
            #expect(error.kind == .damaged)
            #expect(error.position == place)
        }
        #expect(refusal(of: fixture.bytes + [0])?.kind == .damaged)
        #expect(refusal(of: fixture.bytes + [1])?.position == fixture.bytes.count)
    }

    @Test("is no substitute for data that has not come")
    func missingData() throws {
        let fixture = try Fixture("redirected-18.dump")
        let index = try fixture.index()
        let start = try #require(index.members.last.map { $0.offset + $0.length })
        let last = try #require(index.members.last)
        let error = try #require(refusal(of: Array(fixture.bytes[..<last.offset]) + fixture.bytes[start...]))
        #expect(error.kind == .damaged)
        #expect(error.position == last.offset)
        #expect(error.summary.contains("a block has the type 0"))
    }

    @Test("is no block of a stretch")
    func stretch() throws {
        let fixture = try Fixture("redirected-18.dump")
        let index = try fixture.index()
        let start = try #require(index.members.last.map { $0.offset + $0.length })
        var indexer = ArchiveIndexer(index.contents, from: start)
        #expect(throws: ArchiveError.self) { try indexer.consume(fixture.bytes[start...]) }
    }
}
