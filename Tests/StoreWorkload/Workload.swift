import BlobStorage
import CryptoDigests
import DirectoryStore
import FoundationEssentials
import SystemCalls

/// Writes to a directory store for ever and says on standard output what it is about to do and what was acknowledged.
///
/// The crash tests kill it at any moment and compare its words with what the directory holds. Its lines:
/// `staging T G K`, `staged T G K`, `committing T G`, `committed T G`, `deleting T G`, `deleted T G`, where T is a task
/// (and its blob), G a generation and K a block.
@main
struct Workload {
    static let container = "crash"
    static let tasks = 4
    static let blocks = 3

    static func main() async throws {
        let path = CommandLine.arguments[1]
        if CommandLine.arguments.count > 2 { return try await Measurement.run(path, CommandLine.arguments[2]) }
        let account = try await DirectoryAccount.open(
            path: path, access: .exclusive, clock: { Date() }, random: { .random(in: .min ... .max) })
        let container = try ContainerName(Self.container)
        _ = try await account.create(container, metadata: [:])
        let store = account.store(of: container)
        try await withThrowingDiscardingTaskGroup { group in
            for task in 0..<tasks { group.addTask { try await write(task, store) } }
        }
    }

    private static func write(_ task: Int, _ store: any BlobStore) async throws {
        let output = Descriptor(owning: 1)
        let blob = try BlobName("blob-\(task)")
        func say(_ line: String) throws { try output.write(Array((line + "\n").utf8).span) }
        for generation in 0... {
            var ids: [BlockReference] = []
            for block in 0..<blocks {
                guard let id = BlockID(text: Base64.encode(Array("\(generation * blocks + block + 100_000)".utf8)))
                else { return }
                ids.append(BlockReference(id))
                let bytes = [UInt8](
                    repeating: UInt8(truncatingIfNeeded: generation), count: size(task, generation, block))
                try say("staging \(task) \(generation) \(block)")
                try await store.stage(bytes.span, as: id, of: blob)
                try say("staged \(task) \(generation) \(block)")
            }
            try say("committing \(task) \(generation)")
            _ = try await store.commit(ids, to: blob, attributes: BlobAttributes(), if: .always)
            try say("committed \(task) \(generation)")
            guard generation % 5 == 4 else { continue }
            try say("deleting \(task) \(generation)")
            try await store.delete(blob, if: .always)
            try say("deleted \(task) \(generation)")
        }
    }

    /// Small blocks, which lie in the index, and larger ones, which have files.
    static func size(_ task: Int, _ generation: Int, _ block: Int) -> Int {
        [100, 20_000, 300_001, 5000][(task + generation + block) % 4] + generation
    }
}
