import Diagnostics
import PostgresFormats
import Testing

@Suite("Archives that are refused")
struct ArchiveRefusalTests {
    private static let table = ArchiveEncoder.table(1, chunks: [[1, 2, 3]])

    @Test(
        "because a block does not fit the table of contents",
        arguments: [
            (ArchiveEncoder.table(2, chunks: []), .memberUnexpected, "a dump ID that is not listed"),
            (ArchiveEncoder.table(-1, chunks: []), .memberUnexpected, "a negative dump ID"),
            (ArchiveEncoder.table(5, chunks: []), .memberUnexpected, "an entry without data"),
            ([3] + ArchiveEncoder.integer(1), .memberUnexpected, "large objects for a table"),
            (table + table, .memberRepeated, "a table twice"),
            ([2] + ArchiveEncoder.integer(1), .damaged, "a type that does not exist"),
            ([1, 2, 0, 0, 0, 0], .damaged, "a sign that does not exist"),
            ([1] + ArchiveEncoder.integer(1) + ArchiveEncoder.integer(-1), .damaged, "a negative chunk"),
            ([1] + ArchiveEncoder.integer(1) + [0, 0, 0, 0, 0x80], .damaged, "a chunk of 2 GiB"),
            (table + [0, 0, 0, 0, 0, 0], .damaged, "zeros behind the last block"),
            (table + [7], .truncated, "one byte behind the last block"),
        ] as [([UInt8], ArchiveError.Kind, String)])
    func blocks(data: [UInt8], kind: ArchiveError.Kind, name: String) throws {
        let encoder = ArchiveEncoder(entries: [.tableData(1), .init(dumpID: 5)], data: data)
        #expect(refusal(of: encoder.encoded())?.kind == kind, "\(name)")
    }

    @Test("because a block does not lie where the table of contents says")
    func offsets() throws {
        var fixture = try Fixture("everything-z6-file.dump").bytes
        let index = try indexed(fixture)
        let member = index.members[2]
        let needle = [2] + (0..<8).map { UInt8(truncatingIfNeeded: member.offset >> ($0 * 8)) }
        let place = try #require((0..<index.contents.prefix.count - 9).first { Array(fixture[$0..<$0 + 9]) == needle })
        fixture[place + 1] ^= 1
        #expect(refusal(of: fixture)?.kind == .offsetMismatch)
        #expect(refusal(of: fixture)?.position == member.offset)
    }

    @Test(
        "because a field of an entry is none",
        arguments: [
            .init(dumpID: 0), .init(dumpID: -7), .init(dumpID: 1, oid: ""), .init(dumpID: 1, oid: "4294967296"),
            .init(dumpID: 1, oid: "12a"), .init(dumpID: 1, tableOID: "-1"), .init(dumpID: 1, section: 0),
            .init(dumpID: 1, oid: "00000000001"), .init(dumpID: 1, section: 5), .init(dumpID: 1, dependencies: ["0"]),
            .init(dumpID: 1, dependencies: ["2147483648"]),
            .init(dumpID: 1, state: [0] + Array(repeating: 0, count: 8)),
            .init(dumpID: 1, state: [4] + Array(repeating: 0, count: 8)),
            .init(dumpID: 1, state: [2] + Array(repeating: 0xFF, count: 8)),
        ] as [ArchiveEncoder.Entry])
    func fields(entry: ArchiveEncoder.Entry) {
        #expect(refusal(of: ArchiveEncoder(entries: [entry]).encoded())?.kind == .damaged)
    }

    @Test("because two entries have one dump ID")
    func repeatedID() {
        let encoder = ArchiveEncoder(entries: [.init(dumpID: 1), .init(dumpID: 2), .init(dumpID: 1)])
        #expect(refusal(of: encoder.encoded())?.kind == .damaged)
    }

    @Test("because a string's length is below that of NULL")
    func negativeLength() {
        var bytes = ArchiveEncoder().encoded()
        bytes.replaceSubrange(51..<56, with: ArchiveEncoder.integer(-2))
        #expect(refusal(of: bytes)?.kind == .damaged)
    }

    @Test("because they have a negative number of entries")
    func negativeCount() {
        #expect(refusal(of: ArchiveEncoder(entryCount: -1).encoded())?.kind == .damaged)
    }

    @Test("because of their length, by the first number that says so")
    func tooLarge() throws {
        let many = ArchiveEncoder(entryCount: .max).encoded()
        let count = try #require(refusal(of: many))
        #expect(count.kind == .contentsTooLarge)
        #expect(count.exitCode == .limit)

        var long = ArchiveEncoder().encoded()
        long.replaceSubrange(51..<56, with: ArchiveEncoder.integer(.max))
        #expect(refusal(of: long)?.kind == .contentsTooLarge)
        #expect(
            refusal(of: long)?.summary
                == "the archive's table of contents has at least \(56 + Int(Int32.max)) bytes, and 1048576 are allowed")
    }

    @Test("at exactly the size that the caller allows")
    func limit() throws {
        let fixture = try Fixture("everything-z6-pipe.dump")
        let length = try fixture.contents().prefix.count
        var exact = ArchiveIndexer(maximumPrefixSize: length)
        #expect(try feed(fixture.bytes, to: &exact) == length)
        var short = ArchiveIndexer(maximumPrefixSize: length - 1)
        let error = #expect(throws: ArchiveError.self) { try feed(fixture.bytes, to: &short) }
        #expect(error?.kind == .contentsTooLarge)
        for absurd in [Int.min, -1, 0] {
            var none = ArchiveIndexer(maximumPrefixSize: absurd)
            #expect(throws: ArchiveError.self) { try feed(fixture.bytes, to: &none) }
        }
    }

    @Test("stay refused, whatever follows")
    func sticky() throws {
        var indexer = ArchiveIndexer(maximumPrefixSize: amplePrefix)
        let garbage = Array("no archive".utf8)
        let first = try #require(throws: ArchiveError.self) { try indexer.consume(garbage[...]) }
        let archive = try Fixture("latin1.dump").bytes
        #expect(throws: first) { try indexer.consume(archive[...]) }
        #expect(throws: first) { try indexer.finish() }
    }
}

@Suite("Archive errors")
struct ArchiveErrorTests {
    @Test("say what happened in one clause and what to do in a sentence", arguments: Fixture.archives)
    func wording(name: String) throws {
        let bytes = try Fixture(name).bytes
        for cut in stride(from: 0, to: bytes.count, by: 97) {
            let error = try #require(refusal(of: Array(bytes[..<cut])))
            #expect(error.summary.first?.isLowercase == true)
            #expect(error.summary.last != ".")
            #expect(error.remedy?.last == ".")
            #expect(error.exitCode == .integrity)
        }
    }

    @Test("have codes of their own, all of this module")
    func codes() {
        #expect(ArchiveError.Kind.allCases.allSatisfy { $0.rawValue.hasPrefix("archive.") })
    }
}
