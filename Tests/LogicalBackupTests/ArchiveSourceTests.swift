import ByteStreams
import PostgresFormats
import SystemCalls
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("An archive that passes")
struct ArchiveSourceTests {
    static let archives = (try? Fixtures.names(in: "archives", suffix: ".dump")) ?? []
    private static let limit = 1 << 20

    /// What comes out behind the table of contents, and the index that is left behind.
    private func passed(
        _ source: consuming some ByteSource & ~Copyable, limit: Int = limit, buffer: Int = 5000
    ) async throws -> (data: [UInt8], index: ArchiveIndex) {
        let record = ArchiveRecord()
        var archive = ArchiveSource(source, contentsLimit: limit, record: record)
        var data: [UInt8] = []
        while true {
            let piece = try await [UInt8].filled(capacity: buffer) { try await archive.read(into: &$0) }
            guard !piece.isEmpty else { return (data, record.index()) }
            data += piece
        }
    }

    @Test(
        "is the archive again with the patched table of contents in front, however it is cut", arguments: archives,
        [1, 7, 4096, Int.max])
    func whole(name: String, step: Int) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let (data, index) = try await passed(MemorySource(bytes, step: step))
        let prefix = index.patchedPrefix()
        #expect(data == Array(bytes[prefix.count...]))
        // pg_dump writes the positions itself where it can seek; then nothing is left to patch.
        #expect(!name.contains("-file") || prefix == Array(bytes[..<prefix.count]))
        let again = try await passed(MemorySource(prefix + data))
        #expect(again.index.contents.prefix == prefix)
        #expect(again.index.members == index.members)
    }

    @Test("is refused wherever it is cut", arguments: archives)
    func cut(name: String) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let whole = try await passed(MemorySource(bytes)).index
        let ends = stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200))
        for end in Array(ends) + [bytes.count - 1] {
            await #expect(throws: ArchiveError.self, "cut at \(end) of \(bytes.count)") {
                try await passed(MemorySource(Array(bytes[..<end])))
            }
        }
        #expect(whole.archiveSize == bytes.count)
    }

    @Test("throws what the program underneath throws, even after its last byte", arguments: archives)
    func failingProgram(name: String) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        for good in [0, 10, bytes.count / 2, bytes.count] {
            await #expect(throws: BrokenSource.Broken.self) {
                try await passed(Chained(MemorySource(Array(bytes[..<good])), BrokenSource(after: 0)))
            }
        }
    }

    @Test("is refused when its table of contents is larger than memory allows")
    func contentsTooLarge() async throws {
        let bytes = try Fixtures.bytes("archives/everything-z0-pipe.dump")
        await #expect(throws: ArchiveError.self) { try await passed(MemorySource(bytes), limit: 1000) }
    }
}
