import BlobStorage
import FoundationEssentials
import Synchronization
import SystemCalls
import TestSupport
import Testing

@testable import DirectoryStore

@Suite("The directory store")
struct DirectoryStoreTests {
    @Test("keeps the contract of blob stores", arguments: BlobStoreContract.cases)
    func contract(_ sentence: BlobStoreContract.Case) async throws {
        try await withFreshStore { try await sentence.run($0) }
    }

    @Test("has everything again after it was closed and opened")
    func reopened() async throws {
        try await withTemporaryDirectory { path in
            let container = try ContainerName("backups")
            let big = String(repeating: "0123456789abcdef", count: 5000)
            try await withStore(path) { account in
                _ = try await account.create(container, metadata: ["k": "v"])
                let store = account.store(of: container)
                try await store.put("small", to: BlobName("small"))
                try await store.put(big, to: BlobName("big"))
                try await store.stage(Array(big.utf8).span, as: block("1"), of: BlobName("staged"))
            }
            try await withStore(path, .shared) { account in
                let store = account.store(of: container)
                #expect(try await store.containerProperties().metadata == ["k": "v"])
                #expect(try await store.text(of: BlobName("small")) == "small")
                #expect(try await store.text(of: BlobName("big")) == big)
                try await store.commit([block("1")], to: BlobName("staged"))
                #expect(try await store.text(of: BlobName("staged")) == big)
            }
        }
    }

    @Test("gives space back when blobs are deleted, replaced, or lose blocks, and when containers go")
    func space() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(path) { account in
                let container = try ContainerName("backups")
                let name = try BlobName("a")
                let bytes = [UInt8](repeating: 1, count: 20_000)
                _ = try await account.create(container, metadata: [:])
                let store = account.store(of: container)
                for id in ["1", "2", "3"] { try await store.stage(bytes.span, as: block(id), of: name) }
                try await store.stage(bytes.span, as: block("3"), of: name)
                await account.finishCleaning()
                #expect(try dataFiles(path).count == 3)
                try await store.commit([block("1"), block("2"), block("2")], to: name)
                await account.finishCleaning()
                #expect(try dataFiles(path).count == 2)
                try await store.commit([block("2")], to: name)
                await account.finishCleaning()
                #expect(try dataFiles(path).count == 1)
                _ = try await store.put(bytes.span, to: name, attributes: BlobAttributes(), if: .always)
                await account.finishCleaning()
                #expect(try dataFiles(path).count == 1)
                try await store.delete(name, if: .always)
                await account.finishCleaning()
                #expect(try dataFiles(path) == [])
                try await store.stage(bytes.span, as: block("1"), of: name)
                _ = try await store.put(bytes.span, to: BlobName("b"), attributes: BlobAttributes(), if: .always)
                try await account.delete(container, if: .always)
                await account.finishCleaning()
                #expect(try dataFiles(path) == [])
            }
        }
    }

    @Test("leaves no file behind a body that failed")
    func failedBodies() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(path) { account in
                let container = try ContainerName("backups")
                _ = try await account.create(container, metadata: [:])
                let store = account.store(of: container)
                await #expect(throws: BrokenSource.Broken()) {
                    var source = BrokenSource(after: 300_000)
                    try await store.stage(&source, length: 400_000, as: block("1"), of: BlobName("a"))
                }
                await #expect(throws: BrokenSource.Broken()) {
                    var source = BrokenSource(after: 300_000)
                    _ = try await store.put(
                        &source, length: 400_000, to: BlobName("a"), attributes: BlobAttributes(), if: .always)
                }
                await account.finishCleaning()
                #expect(try dataFiles(path) == [])
            }
        }
    }

    @Test("collects uncommitted blocks a week after the last of them, and no others")
    func weekOld() async throws {
        try await withTemporaryDirectory { path in
            let now = Mutex(Date(timeIntervalSince1970: 1_700_000_000))
            let clock: @Sendable () -> Date = { now.withLock { $0 } }
            try await withStore(path, clock: clock) { account in
                let container = try ContainerName("backups")
                let bytes = [UInt8](repeating: 1, count: 20_000)
                _ = try await account.create(container, metadata: [:])
                let store = account.store(of: container)
                try await store.put("kept", to: BlobName("old-with-commit"))
                for name in ["old", "old-with-commit", "young"] {
                    try await store.stage(bytes.span, as: block("1"), of: BlobName(name))
                }
                now.withLock { $0 += 4 * 24 * 3600 }
                try await store.stage(bytes.span, as: block("2"), of: BlobName("young"))
                now.withLock { $0 += 4 * 24 * 3600 }
                try await store.stage(bytes.span, as: block("1"), of: BlobName("new"))
                await account.finishCleaning()
                let listed = try await store.list(BlobQuery(includesUncommitted: true)).entries
                #expect(listed.count == 3)
                #expect(try await store.blockList(of: BlobName("young")).uncommitted.count == 2)
                #expect(try await store.blockList(of: BlobName("old-with-commit")).uncommitted == [])
                #expect(try await store.text(of: BlobName("old-with-commit")) == "kept")
                await account.finishCleaning()
                #expect(try dataFiles(path).count == 3)
            }
        }
    }

    @Test("refuses more blocks than its limits, and larger ones")
    func limits() async throws {
        try await withTemporaryDirectory { path in
            let limits = StoreLimits(block: 10, blocks: 2, uncommittedBlocks: 3, put: 20)
            try await withStore(path, limits: limits) { account in try await checkLimits(account) }
        }
        try await checkLimits(
            MemoryAccount(
                clock: { Date() }, random: { 1 },
                limits: StoreLimits(block: 10, blocks: 2, uncommittedBlocks: 3, put: 20)))
    }

    private func checkLimits(_ account: any BlobAccount) async throws {
        let container = try ContainerName("backups")
        let name = try BlobName("a")
        _ = try await account.create(container, metadata: [:])
        let store = account.store(of: container)
        for id in ["1", "2", "3", "3"] { try await store.stage([1].span, as: block(id), of: name) }
        await expect(.tooManyBlocks) { try await store.stage([1].span, as: block("4"), of: name) }
        await expect(.blockListTooLong) { try await store.commit([block("1"), block("2"), block("3")], to: name) }
        await expect(.tooLarge) {
            try await store.stage([UInt8](repeating: 0, count: 11).span, as: block("1"), of: name)
        }
        await expect(.tooLarge) { try await store.put(String(repeating: "x", count: 21), to: name) }
        try await store.commit([block("1"), block("2")], to: name)
        try await store.stage([1].span, as: block("4"), of: name)
    }

    @Test("serves many tasks that stage, commit, read and delete at once")
    func together() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(path) { account in
                let container = try ContainerName("backups")
                _ = try await account.create(container, metadata: [:])
                let store = account.store(of: container)
                try await withThrowingDiscardingTaskGroup { group in
                    for number in 0..<16 {
                        group.addTask {
                            let name = try BlobName("blob-\(number % 4)/\(number)")
                            for size in [5, 20_000, 300_000] {
                                let bytes = [UInt8](repeating: UInt8(number), count: size)
                                try await store.stage(bytes.span, as: block("x"), of: name)
                                try await store.commit([block("x")], to: name)
                                #expect(try await store.text(of: name).utf8.count == size)
                            }
                            if number % 2 == 0 { try await store.delete(name, if: .always) }
                        }
                    }
                }
                #expect(try await store.list(BlobQuery()).entries.count == 8)
                await account.finishCleaning()
                #expect(try dataFiles(path).count == 8)
            }
        }
    }

    @Test("refuses everything after it was closed")
    func closed() async throws {
        try await withTemporaryDirectory { path in
            let account = try await withStore(path) { $0 }
            let store = account.store(of: try ContainerName("backups"))
            await expect(.unreachable) { _ = try await store.containerProperties() }
            await expect(.unreachable) { try await store.put("x", to: BlobName("a")) }
            await expect(.unreachable) { _ = try await account.create(ContainerName("other"), metadata: [:]) }
        }
    }

    @Test("says that it is corrupt when the file of a block is gone or short", arguments: [true, false])
    func missingFile(gone: Bool) async throws {
        try await withTemporaryDirectory { path in
            try await withStore(path) { account in
                let container = try ContainerName("backups")
                _ = try await account.create(container, metadata: [:])
                let store = account.store(of: container)
                try await store.put(String(repeating: "x", count: 20_000), to: BlobName("a"))
                for folder in try Files.names(in: path + "/data") {
                    for file in try Files.names(in: path + "/data/" + folder) {
                        let file = path + "/data/" + folder + "/" + file
                        if gone { try Files.remove(file) } else { try Files.open(file, .update).resize(to: 19_999) }
                    }
                }
                await expect(.corrupt) { _ = try await store.text(of: BlobName("a")) }
            }
        }
    }
}

/// Expects `body` to be refused with an error of that kind.
func expect(
    _ kind: BlobStoreError.Kind, _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    let error = await #expect(throws: BlobStoreError.self, sourceLocation: location) { try await body() }
    #expect(error?.kind == kind, sourceLocation: location)
}
