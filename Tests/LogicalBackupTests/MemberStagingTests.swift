import BackupModel
import BlobStorage
import ByteStreams
import Compression
import Diagnostics
import FoundationEssentials
import PostgresFormats
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("The files of a directory, taken out of an archive as it comes")
struct MemberStagingTests {
    private static let budget = PackingBudget(memory: .mebibytes(4), cores: 2)

    private func store() async throws -> any BlobStore {
        let account = MemoryAccount(clock: { Date() }, random: { .random(in: .min ... .max) })
        let container = try ContainerName("backups")
        _ = try await account.create(container, metadata: [:])
        return account.store(of: container)
    }

    /// Stages the data behind an archive's table of contents, commits it, and reads it back by its names.
    private func files(
        of archive: [UInt8], level: Int?, step: Int = .max, limit: Int = 1 << 20,
        in other: (any BlobStore)? = nil
    ) async throws -> (files: [String: [UInt8]], directory: StagedDirectory) {
        let store = if let other { other } else { try await store() }
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        let prefix = try indexer.consume(archive.span)
        let contents = try #require(indexer.contents)
        let pool = BlockPool(budget: .mebibytes(4))
        let uploader = Uploader(
            store: store, pool: pool, schedule: BlockSchedule(smallest: 1 << 16, largest: 1 << 16),
            meter: TransferMeter(), computesDigests: true)
        var generator = SystemRandomNumberGenerator()
        let token = UploadToken(using: &generator)
        let directory = try await PackingLine.run(
            method: level.flatMap(DeflateLevel.init).map { .deflate($0) }, wrapper: .gzip, budget: Self.budget
        ) { line in
            let staging = MemberStaging(
                uploader: uploader, line: line, contentsLimit: limit, token: token,
                blob: { try BlobName("d/" + $0) })
            return try await staging.stageMembers(
                MemorySource(Array(archive[prefix...]), step: step), behind: contents)
        }
        #expect(pool.lentBytes == 0)
        var files: [String: [UInt8]] = [:]
        for file in directory.files {
            _ = try await uploader.commit(file.staged, attributes: BlobAttributes(), if: .absent)
            let found = try await store.contents(of: file.staged.name, limit: 1 << 24)
            #expect(found.bytes.count == file.staged.size)
            #expect(found.properties.attributes.metadata(named: BlobSum.metadataName) == BlobSum(found.bytes.span).text)
            files[file.name] = found.bytes
        }
        #expect(files.count == directory.files.count)
        return (files, directory)
    }

    private func expanded(_ bytes: [UInt8]) throws -> [UInt8] {
        var expander = try StreamExpander(.gzip)
        var output: [UInt8] = []
        try expander.expand(bytes.span) { data in for index in data.indices { output.append(data[index]) } }
        let hasEnded = expander.hasEnded
        try #require(hasEnded)
        return output
    }

    @Test("are those that pg_dump writes, byte for byte", arguments: ["", "-16", "-18"], [1, 7, 4096, Int.max])
    func plain(version: String, step: Int) async throws {
        let archive = try Fixtures.bytes("archives/everything\(version)-z0-pipe.dump")
        var expected = try PlainDirectory(version).files
        let (files, directory) = try await files(of: archive, level: nil, step: step)
        expected["toc.dat"] = nil
        #expect(files == expected)
        let members = directory.members()
        #expect(members.map(\.file) == directory.contents.directoryFiles.map { $0.file.name })
        #expect(members.allSatisfy { $0.raw == $0.stored })
    }

    @Test("are gzip files of the same data, with as many rows as there are", arguments: ["", "-16", "-18"], [1, 3, 6])
    func compressed(version: String, level: Int) async throws {
        let archive = try Fixtures.bytes("archives/everything\(version)-z0-file.dump")
        let expected = try PlainDirectory(version).files
        let (files, directory) = try await files(of: archive, level: level, step: 1000)
        for (name, bytes) in files {
            if name.hasSuffix(".toc") {
                #expect(bytes == expected[name])
            } else {
                #expect(name.hasSuffix(".gz"))
                #expect(try expanded(bytes) == expected[String(name.dropLast(3))])
            }
        }
        #expect(files.count == expected.count - 1)
        for member in directory.members() where member.kind == "TABLE DATA" {
            let file = try #require(member.file)
            let text = try #require(expected[String(file.dropLast(3))])
            #expect(member.raw == text.count)
            #expect(member.rows == text.count { $0 == 10 } - 3)
        }
    }

    @Test(
        "are whole where they are larger than what is staged at once", arguments: [nil, 1], [65_535, 65_536, 500_000])
    func large(level: Int?, size: Int) async throws {
        let archive = try Synthetic.archive(sizes: [size, 5, size, 0, 70_000], objects: [0, size, 3])
        let (files, directory) = try await files(of: archive, level: level)
        let sizes = files.values.map { level == nil ? $0.count : (try? expanded($0).count) ?? $0.count }
        #expect(sizes.count { $0 == size } == 4)
        #expect(directory.files.map(\.index) == Array(0..<directory.files.count))
    }

    @Test("are refused wherever the archive is cut")
    func cut() async throws {
        let archive = try Fixtures.bytes("archives/everything-z0-pipe.dump")
        let prefix = try ArchiveIndexer.prefixLength(of: archive)
        for end in stride(from: prefix, to: archive.count, by: 397) {
            await #expect(throws: ArchiveError.self) { _ = try await files(of: Array(archive[..<end]), level: 1) }
        }
    }

    @Test("are refused where there are more than memory for what is known of them")
    func tooMany() async throws {
        let archive = try Fixtures.bytes("archives/everything-z0-pipe.dump")
        let error = await #expect(throws: DirectoryError.self) {
            _ = try await files(of: archive, level: nil, limit: 3 << 10)
        }
        #expect(error?.kind == .tooManyFiles(limit: 3))
        #expect(error?.exitCode == .limit)
    }

    @Test(
        "are given up at once when the store fails, large or small", .timeLimit(.minutes(5)), arguments: [10, 500_000])
    func failing(size: Int) async throws {
        let archive = try Synthetic.archive(sizes: [size, size, size])
        for call in 0..<3 {
            let store = FaultyStore(try await store(), plan: FaultPlan(target: call, fault: .before))
            await #expect(throws: BlobStoreError.self) {
                _ = try await files(of: archive, level: nil, in: store)
            }
        }
    }
}

extension ArchiveIndexer {
    fileprivate static func prefixLength(of archive: [UInt8]) throws -> Int {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(archive.span)
        return try #require(indexer.prefixLength)
    }
}
