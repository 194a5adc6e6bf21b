import Diagnostics
import PostgresFormats
import Testing

@Suite("Archive headers")
struct ArchiveHeaderTests {
    @Test(
        "say what pg_dump 15 wrote",
        arguments: zip(["0", "1", "6"], [ArchiveCompression.none, .zlib(level: 1), .zlib(level: 6)]))
    func golden(level: String, compression: ArchiveCompression) throws {
        let header = try Fixture("everything-z\(level)-pipe.dump").contents().header
        #expect(header.version == ArchiveVersion(1, 14))
        #expect(header.integerSize == 4)
        #expect(header.offsetSize == 8)
        #expect(header.compression == compression)
        #expect(header.database == "everything")
        #expect(header.dumpVersion?.string.hasPrefix("15.") == true)
        #expect(header.serverVersion == header.dumpVersion)
        #expect(header.created.year >= 2024)
        #expect((1...12).contains(header.created.month))
        #expect(header.created.isDaylightSaving == false)
    }

    @Test(
        "say what pg_dump 16 and 18 wrote",
        arguments: [("16-z0", 15, ArchiveCompression.none), ("18-z6", 16, .zlib(level: nil))])
    func later(name: String, minor: UInt8, compression: ArchiveCompression) throws {
        let contents = try Fixture("everything-\(name)-pipe.dump").contents()
        #expect(contents.header.version == ArchiveVersion(1, minor))
        #expect(contents.header.compression == compression)
        #expect(contents.header.database == "everything")
        #expect(contents.header.dumpVersion?.string.hasPrefix(name.prefix(2) + ".") == true)
        let table = contents.first { $0.desc == "TABLE" && $0.tag == "rows" }
        #expect(table?.relationKind == (minor == 16 ? Int32(UInt8(ascii: "r")) : nil))
        // Since 17 large objects are made by entries without data, in front of those with their bytes.
        #expect(contents.contains { $0.desc == "BLOB METADATA" } == (minor == 16))
    }

    @Test("read the default compression level as a level that is not said")
    func defaultLevel() throws {
        #expect(try Fixture("latin1.dump").contents().header.compression == .zlib(level: nil))
    }

    @Test("read the compression methods of version 1.15", arguments: [0, 1, 2, 3] as [UInt8])
    func methods(method: UInt8) throws {
        var bytes = ArchiveEncoder(version: ArchiveVersion(1, 15)).encoded()
        bytes[11] = method
        let expected: [ArchiveCompression] = [.none, .zlib(level: nil), .lz4, .zstd]
        #expect(try indexed(bytes).contents.header.compression == expected[Int(method)])
    }

    @Test("read C's dates, and names that are missing")
    func dateAndNames() throws {
        let encoder = ArchiveEncoder(date: [59, 58, 23, 31, 11, 99, -1], names: [nil, [], [0xFF]])
        let header = try indexed(encoder.encoded()).contents.header
        let date = header.created
        #expect([date.year, date.month, date.day] == [1999, 12, 31])
        #expect([date.hour, date.minute, date.second] == [23, 58, 59])
        #expect(date.isDaylightSaving == nil)
        #expect(header.database == nil)
        #expect(header.serverVersion == "")
        #expect(header.dumpVersion?.string == "\u{FFFD}")
        #expect(header.dumpVersion?.exactString == nil)
    }

    @Test(
        "refuse versions that are not read",
        arguments: [
            (ArchiveVersion(1, 11), ArchiveError.Kind.versionTooOld), (ArchiveVersion(0, 99), .versionTooOld),
            (ArchiveVersion(1, 17), .versionTooNew), (ArchiveVersion(2, 0), .versionTooNew),
        ])
    func versions(version: ArchiveVersion, kind: ArchiveError.Kind) throws {
        let error = try #require(refusal(of: ArchiveEncoder(version: version).encoded()))
        #expect(error.kind == kind)
        #expect(error.summary == "the archive has version \(version), and 1.12 to 1.16 are read")
        #expect(error.exitCode == .toolMismatch)
    }

    @Test(
        "refuse integers and offsets of other sizes", arguments: [(0, 8), (8, 8), (255, 8), (4, 4), (4, 0), (4, 255)])
    func sizes(integer: UInt8, offset: UInt8) {
        let encoder = ArchiveEncoder(integerSize: integer, offsetSize: offset)
        #expect(refusal(of: encoder.encoded())?.kind == .integerSizes)
    }

    @Test("refuse compression that does not exist", arguments: [-2, 10, Int32.max, Int32.min])
    func compression(level: Int32) {
        #expect(refusal(of: ArchiveEncoder(level: level).encoded())?.kind == .damaged)
    }

    @Test(
        "of other files are refused by saying what they are",
        arguments: [
            ("tar.head", "a tar file"), ("plain.head", "plain text"),
            ("directory.toc", "the table of contents of a directory or tar archive"),
        ])
    func otherFiles(name: String, found: String) throws {
        let error = try #require(refusal(of: Fixture(name).bytes))
        #expect(error.kind == .notCustom)
        #expect(error.summary == "this is no custom-format archive, but \(found)")
    }
}

@Suite("An empty archive")
struct EmptyArchiveTests {
    @Test(
        "is one, and says how it is compressed", arguments: [ArchiveCompression.none, .zlib(level: nil), .lz4, .zstd])
    func whole(compression: ArchiveCompression) throws {
        let index = try indexed(ArchiveHeader.emptyArchive(compressedBy: compression))
        #expect(index.contents.isEmpty && index.members == [])
        #expect(index.contents.header.compression == compression)
    }
}
