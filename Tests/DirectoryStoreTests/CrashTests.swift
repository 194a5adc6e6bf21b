import BlobStorage
import HTTPMessages
import LocalIndex
import SystemCalls
import TestSupport
import Testing

@testable import DirectoryStore

@Suite("A directory store that was killed", .serialized)
struct CrashTests {
    /// 10 rounds, or as many as `PENSTOCK_SOAK` says.
    static let rounds: [UInt64] = {
        let asked = ChildProcess.environment("PENSTOCK_SOAK").flatMap { UInt64($0) } ?? 10
        return Array(1...max(1, asked))
    }()

    @Test("has what was acknowledged, nothing else, and no lost files", arguments: rounds)
    func killed(seed: UInt64) async throws {
        try await withTemporaryDirectory { path in
            let lines = try Self.linesUntilKilled(path, after: Int(seed &* 2_654_435_761 % 400))
            try await withStore(path) { account in
                let store = account.store(of: try ContainerName("crash"))
                for task in 0..<4 {
                    let story = lines.filter { $0.count > 1 && $0[1] == "\(task)" }
                    guard !story.isEmpty else { continue }
                    try await Self.check(story, task, store)
                }
                await account.finishCleaning()
                #expect(try dataFiles(path).count == Self.knownFiles(path))
                try await store.put("usable", to: BlobName("after"))
            }
        }
    }

    /// What the workload said until it was killed, shortly after its line of that number.
    private static func linesUntilKilled(_ path: String, after count: Int) throws -> [[String]] {
        let child = try ChildProcess(BuiltProgram.path("StoreWorkload"), [path])
        var bytes: [UInt8] = []
        while bytes.count(where: { $0 == 10 }) <= count {
            let more = try child.read()
            guard !more.isEmpty else { break }
            bytes += more
        }
        child.kill()
        while case let more = try child.read(), !more.isEmpty { bytes += more }
        #expect(bytes.count(where: { $0 == 10 }) > count, "the workload ended by itself")
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: " ").map { String($0) }
        }
    }

    /// Compares one task's story with its blob.
    private static func check(_ story: [[String]], _ task: Int, _ store: any BlobStore) async throws {
        var committed: Int?
        var staged: [Int] = []
        var open: [String] = []
        for line in story {
            open = line
            switch line[0] {
            case "staged": staged.append(try #require(Int(line[3])))
            case "committed":
                committed = Int(line[2])
                staged = []
            case "deleted":
                committed = nil
                staged = []
            default: break
            }
        }
        let blob = try BlobName("blob-\(task)")
        let generation = try #require(Int(open[2]))
        let found = try await self.generation(of: blob, task, store)
        let staging = (try? await store.blockList(of: blob).uncommitted.count) ?? 0
        switch open[0] {
        case "committing":
            #expect(found == generation || found == committed)
            #expect(staging == (found == generation ? 0 : staged.count))
        case "deleting":
            #expect(found == nil || found == committed)
        case "staging":
            #expect(found == committed)
            #expect(staging == staged.count || staging == staged.count + 1)
        default:
            #expect(found == committed)
            #expect(staging == staged.count)
        }
    }

    /// The generation that the blob holds, all of it; `nil` if there is no blob.
    private static func generation(of blob: BlobName, _ task: Int, _ store: any BlobStore) async throws -> Int? {
        guard let size = try? await store.properties(of: blob, if: .always).size else { return nil }
        let bytes = try await [UInt8].filled(capacity: size) { buffer in
            _ = try await store.read(blob, range: ByteRange(from: 0), if: .always, into: &buffer)
        }
        let sizes = { (generation: Int) in
            (0..<3).map { [100, 20_000, 300_001, 5000][(task + generation + $0) % 4] + generation }.reduce(0, +)
        }
        let generation = try #require(
            (0..<10_000).first { sizes($0) == size && UInt8(truncatingIfNeeded: $0) == bytes[0] })
        #expect(bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: generation) })
        return generation
    }

    static func knownFiles(_ path: String) throws -> Int {
        var index = try IndexConnection(path: path + "/index.sqlite", mode: .read)
        return try index.first("SELECT count(*) FROM piece WHERE content IS NULL") { $0.integer(0) } ?? -1
    }
}
