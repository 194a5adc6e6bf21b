import BlobStorage
import CryptoDigests
import DirectoryStore
import FoundationEssentials
import HTTPMessages
import SystemCalls

/// How fast the store is on this machine's disk: `StoreWorkload DIRECTORY stage|raw|list|commit`.
enum Measurement {
    static func run(_ path: String, _ what: String) async throws {
        switch what {
        case "raw": try raw(path)
        case "list": try await list(path)
        case "commit": try await commit(path)
        default: try await stage(path)
        }
    }

    private static let blockSize = 8 << 20
    private static let count = 128

    private static func open(_ path: String) async throws -> DirectoryAccount {
        try await DirectoryAccount.open(
            path: path, access: .exclusive, clock: { Date() }, random: { .random(in: .min ... .max) })
    }

    private static func rate(_ bytes: Int, _ duration: Duration) -> String {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        return "\(Int(Double(bytes) / seconds / 1e6)) MB/s"
    }

    /// What the file system does without a store: the same files, written and synchronised by one thread.
    private static func raw(_ path: String) throws {
        try Files.makeDirectories(path)
        let bytes = [UInt8](repeating: 7, count: blockSize)
        let time = try ContinuousClock().measure {
            for number in 0..<count {
                let file = try Files.open("\(path)/raw-\(number)", .create)
                try file.write(bytes.span, at: 0)
                try file.synchronizeData()
            }
        }
        for number in 0..<count { try Files.remove("\(path)/raw-\(number)") }
        print("raw files: \(rate(blockSize * count, time))")
    }

    private static func stage(_ path: String) async throws {
        let account = try await open(path)
        let container = try ContainerName("measure")
        _ = try await account.create(container, metadata: [:])
        let store = account.store(of: container)
        let blob = try BlobName("a")
        let ids = (0..<count).compactMap { BlockID(text: Base64.encode(Array("\($0 + 1000)".utf8))) }
        let bytes = [UInt8](repeating: 7, count: blockSize)
        for width in [1, 4] {
            let time = try await ContinuousClock().measure {
                try await withThrowingDiscardingTaskGroup { group in
                    for task in 0..<width {
                        group.addTask {
                            for index in stride(from: task, to: count, by: width) {
                                try await store.stage(bytes.span, as: ids[index], of: blob)
                            }
                        }
                    }
                }
            }
            print("staging 8 MiB blocks, \(width) at once: \(rate(blockSize * count, time))")
            let commit = try await ContinuousClock().measure {
                _ = try await store.commit(
                    ids.map { BlockReference($0) }, to: blob, attributes: BlobAttributes(), if: .always)
            }
            print("commit of \(count) blocks: \(commit)")
            let read = try await ContinuousClock().measure {
                for index in 0..<count {
                    _ = try await [UInt8].filled(capacity: blockSize) { buffer in
                        let start = index * blockSize
                        _ = try await store.read(
                            blob, range: ByteRange(start..<start + blockSize), if: .always, into: &buffer)
                    }
                }
            }
            print("reading 8 MiB ranges: \(rate(blockSize * count, read))")
            try await store.delete(blob, if: .always)
        }
        try await account.close()
    }

    private static func commit(_ path: String) async throws {
        let account = try await open(path)
        let container = try ContainerName("measure")
        _ = try await account.create(container, metadata: [:])
        let store = account.store(of: container)
        let blob = try BlobName("a")
        let ids = (0..<50_000).compactMap { BlockID(text: Base64.encode(Array("\($0 + 100_000)".utf8))) }
        let stage = try await ContinuousClock().measure {
            try await withThrowingDiscardingTaskGroup { group in
                for task in 0..<100 {
                    group.addTask {
                        for index in stride(from: task, to: ids.count, by: 100) {
                            try await store.stage([1].span, as: ids[index], of: blob)
                        }
                    }
                }
            }
        }
        print("staging 50,000 blocks of one byte, 100 at once: \(stage)")
        for round in ["first", "again"] {
            let time = try await ContinuousClock().measure {
                _ = try await store.commit(
                    ids.map { BlockReference($0) }, to: blob, attributes: BlobAttributes(), if: .always)
            }
            print("commit of 50,000 blocks, \(round): \(time)")
        }
        let delete = try await ContinuousClock().measure { try await store.delete(blob, if: .always) }
        print("deleting it: \(delete)")
        try await account.close()
    }

    private static func list(_ path: String) async throws {
        let account = try await open(path)
        let container = try ContainerName("measure")
        _ = try await account.create(container, metadata: [:])
        let store = account.store(of: container)
        let put = try await ContinuousClock().measure {
            try await withThrowingDiscardingTaskGroup { group in
                for task in 0..<100 {
                    group.addTask {
                        for number in 0..<1000 {
                            _ = try await store.put(
                                [1].span, to: BlobName("blob-\(number)-\(task)"), attributes: BlobAttributes(),
                                if: .always)
                        }
                    }
                }
            }
        }
        print("putting 100,000 small blobs, 100 at once: \(put)")
        var query = BlobQuery()
        repeat {
            let time = try await ContinuousClock().measure { query.marker = try await store.list(query).next }
            print("page of 5,000: \(time)")
        } while query.marker != nil
        try await account.close()
    }
}
