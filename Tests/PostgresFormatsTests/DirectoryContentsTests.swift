import PostgresFormats
import TestSupport
import Testing

@Suite("The table of contents of a directory")
struct DirectoryContentsTests {
    /// What pg_dump of one version wrote of one database: as an archive, and as a directory.
    struct Pair: Sendable, CustomTestStringConvertible {
        let archive: String
        let toc: @Sendable () throws -> [UInt8]
        let testDescription: String

        static let all = ["", "-16", "-18"].flatMap { version in
            [
                Pair(
                    archive: "everything\(version)-z0-pipe.dump",
                    toc: { try #require(try PlainDirectory(version).files["toc.dat"]) },
                    testDescription: "everything\(version)-z0"),
                Pair(
                    archive: "everything\(version)-z6-file.dump",
                    toc: { try Fixtures.bytes("archives/everything\(version)-z6-directory.toc") },
                    testDescription: "everything\(version)-z6"),
            ]
        }
    }

    /// A table of contents without the time at which it was made.
    private static func timeless(_ bytes: [UInt8]) -> [UInt8] {
        // The level of compression is an integer before version 1.15, and the method a byte from then on.
        let start = bytes[6] < 15 ? 16 : 12
        return Array(bytes[..<start]) + Array(bytes[(start + 35)...])
    }

    @Test("is what pg_dump writes of the same database, byte for byte", arguments: Pair.all)
    func written(pair: Pair) throws {
        let contents = try Fixture(pair.archive).contents()
        #expect(try Self.timeless(contents.directoryPrefix()) == Self.timeless(pair.toc()))
    }

    @Test("is read as that of the archive with the same entries", arguments: Pair.all)
    func read(pair: Pair) throws {
        let bytes = try pair.toc()
        let directory = try DirectoryContents(bytes, maximumSize: amplePrefix)
        let contents = try Fixture(pair.archive).contents()
        let plain = try #require(contents.compressed(by: .none))
        #expect(Self.timeless(directory.archive.prefix) == Self.timeless(plain.prefix))
        #expect(directory.archive.header.compression == .none)
        #expect(directory.compression == contents.header.compression)
        #expect(directory.size == bytes.count)
        let files = contents.directoryFiles
        #expect(!files.isEmpty)
        #expect(directory.files == Dictionary(uniqueKeysWithValues: files.map { ($0.dumpID, $0.file) }))
        #expect(Self.timeless(directory.archive.directoryPrefix()).count == Self.timeless(bytes).count)
    }

    @Test("names the files that are there", arguments: ["", "-16", "-18"])
    func files(version: String) throws {
        let there = try PlainDirectory(version).files
        let directory = try DirectoryContents(try #require(there["toc.dat"]), maximumSize: amplePrefix)
        var named: Set<String> = ["toc.dat"]
        for file in directory.files.values {
            named.insert(file.name)
            guard case .objectList = file else { continue }
            let bytes = try #require(there[file.name])
            let list = try LargeObjectList(bytes)
            #expect(list.objects == [20001, 20002, 4_000_000_001])
            #expect(list.bytes == bytes)
            named.formUnion(list.objects.map { DirectoryFile.largeObject($0).name })
        }
        #expect(named == Set(there.keys))
    }

    @Test("is refused wherever it is cut, and with bytes behind it")
    func cut() throws {
        let bytes = try #require(try PlainDirectory("").files["toc.dat"])
        func kind(_ bytes: [UInt8], limit: Int = amplePrefix) -> ArchiveError.Kind? {
            do throws(ArchiveError) {
                _ = try DirectoryContents(bytes, maximumSize: limit)
                return nil
            } catch {
                return error.kind
            }
        }
        for end in 0..<bytes.count {
            #expect(kind(Array(bytes[..<end])) == (end == 0 ? .empty : .truncated), "cut at \(end)")
        }
        #expect(kind(bytes + [0]) == .damaged)
        #expect(kind(bytes, limit: 1000) == .contentsTooLarge)
        #expect(kind(try Fixture("everything-z0-pipe.dump").bytes) == .damaged)
    }

    @Test("is refused if it names another file than that of the entry")
    func otherFile() throws {
        let bytes = try #require(try PlainDirectory("").files["toc.dat"])
        let name = Array("3377.dat".utf8)
        let place = try #require(bytes.firstRange(of: name))
        for other in ["3378.dat", "/etc/pwd", "../3.dat", "3377.DAT"] {
            var changed = bytes
            changed.replaceSubrange(place, with: other.utf8)
            let error = #expect(throws: ArchiveError.self) {
                try DirectoryContents(changed, maximumSize: amplePrefix)
            }
            #expect(error?.kind == .damaged)
        }
    }

    @Test(
        "has files of these names",
        arguments: [
            ("toc.dat", "toc.dat"), ("3384.dat", "3384.dat"), ("3384.dat.gz", "3384.dat"),
            ("3384.dat.lz4", "3384.dat"), ("1.dat.zst", "1.dat"), ("blobs.toc", "blobs.toc"),
            ("blobs_2612.toc", "blobs_2612.toc"), ("blob_4000000001.dat.lz4", "blob_4000000001.dat"),
        ])
    func names(name: String, plain: String) throws {
        let (file, compression) = try #require(DirectoryFile.parse(name))
        #expect(file.name == plain)
        #expect(file.name(compressedBy: compression) == name)
    }

    @Test(
        "has no files of these names",
        arguments: [
            "", ".", "..", "toc.dat.gz", "blobs.toc.gz", "0.dat", "03.dat", "-3.dat", "3.dat.bz2", "3.dat.gz.gz",
            "a/3.dat", "3.dat/", "3000000000.dat", "blob_4294967296.dat", "blob_.dat", "3.dat\n", "3\u{301}.dat",
        ])
    func otherNames(name: String) { #expect(DirectoryFile.parse(name) == nil) }

    @Test(
        "has no list of large objects such as these",
        arguments: [
            "1 blob_1.dat", "1 blob_2.dat\n", "1  x\n", "\n", "1 ../1.dat\n", "4294967296 blob_4294967296.dat\n",
        ])
    func lists(text: String) {
        #expect(throws: ArchiveError.self) { try LargeObjectList(Array(text.utf8)) }
    }
}
