import BlobStorage
import ByteStreams
import FoundationEssentials
import SystemCalls
import TestSupport
import Testing

@testable import DirectoryStore

@Suite("Snapshots, tags, tiers and append blobs of the directory store")
struct AnnotationTests {
    @Test("keep their contract", arguments: AnnotationContract.cases)
    func contract(_ sentence: AnnotationContract.Case) async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let clock = ServiceClock()
            try await withStore(path, clock: { clock.now }) { try await sentence.run($0, clock: clock) }
        }
    }

    @Test("share the files of their blob, which go with the last that needs them")
    func space() async throws {
        try await withFreshDirectory { path, store, name in
            let store = try #require(store as? any SnapshottingStore & AnnotatingStore)
            try await store.put(String(repeating: "x", count: 20_000), to: name)
            let (first, _) = try await store.snapshot(name, metadata: nil, if: .always)
            let (second, _) = try await store.snapshot(name, metadata: ["a": "b"], if: .always)
            _ = try await store.setMetadata(["c": "d"], of: name, if: .always)
            await finishCleaning(store)
            #expect(try dataFiles(path).count == 1)
            try await store.put("small", to: name)
            await finishCleaning(store)
            #expect(try dataFiles(path).count == 1)
            try await store.delete(name, .snapshot(first), if: .always)
            await finishCleaning(store)
            #expect(try dataFiles(path).count == 1)
            try await store.delete(name, .snapshot(second), if: .always)
            await finishCleaning(store)
            #expect(try dataFiles(path) == [])
        }
    }

    @Test("are there again after the directory was closed and opened")
    func reopened() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let (box, name, log) = (try ContainerName("box"), try BlobName("a"), try BlobName("log"))
            let tags = try BlobTags(["k": "v"])
            let id = try await withStore(path) { account in
                _ = try await account.create(box, metadata: [:])
                let store = try #require(
                    account.store(of: box) as? any SnapshottingStore & AnnotatingStore & AppendingStore)
                try await store.put("one", to: name)
                try await store.setTags(tags, of: name, if: .always)
                try await store.setTier(.cold, of: name, snapshot: nil, if: .always)
                let (id, _) = try await store.snapshot(name, metadata: nil, if: .always)
                try await store.put("two", to: name)
                _ = try await store.createAppendBlob(log, attributes: BlobAttributes(), if: .always)
                var source = MemorySource(Array("line".utf8))
                _ = try await store.append(&source, length: 4, to: log, at: AppendCondition(), if: .always)
                _ = try await store.seal(log, at: AppendCondition(), if: .always)
                return id
            }
            try await withStore(path) { account in
                let store = try #require(account.store(of: box) as? any SnapshottingStore)
                let kept = try await store.properties(of: name, snapshot: id, if: .always)
                #expect(kept.attributes == BlobAttributes(tags: tags, tier: .cold) && kept.size == 3)
                #expect(try await store.text(of: name) == "two")
                #expect(try await store.text(of: log) == "line")
                let service = try await store.properties(of: log, if: .always).service
                #expect(service.kind == .append && service.isSealed && service.appendedBlocks == 1)
            }
        }
    }

    @Test("an append blob has as many blocks as a block blob may have, and no more")
    func blockLimit() async throws {
        let limits = StoreLimits(block: 10, blocks: 2, uncommittedBlocks: 3, put: 20)
        try await withFreshDirectory(limits: limits) { path, store, name in
            let store = try #require(store as? any AppendingStore)
            _ = try await store.createAppendBlob(name, attributes: BlobAttributes(), if: .always)
            for size in [1, 20_000] {
                var source = MemorySource([UInt8](repeating: 1, count: size))
                _ = try await store.append(&source, length: size, to: name, at: AppendCondition(), if: .always)
            }
            for size in [1, 20_000] {
                await expect(.tooManyBlocks) {
                    var source = MemorySource([UInt8](repeating: 1, count: size))
                    _ = try await store.append(&source, length: size, to: name, at: AppendCondition(), if: .always)
                }
            }
            await finishCleaning(store)
            #expect(try dataFiles(path).count == 1)
        }
    }

    @Test("every change of a blob has a tag that no other had, even where chance gives the same number each time")
    func tags() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let account = try await DirectoryAccount.open(
                path: path, access: .exclusive, clock: { Date() }, random: { 1 })
            _ = try await account.create(ContainerName("box"), metadata: [:])
            let store = try #require(
                account.store(of: ContainerName("box")) as? any SnapshottingStore & AnnotatingStore)
            let name = try BlobName("a")
            var tags: Set<ETag> = []
            for _ in 0..<3 {
                tags.insert(
                    try await store.put([1].span, to: name, attributes: BlobAttributes(), if: .always).tag)
                for _ in 0..<3 {
                    tags.insert(try await store.setMetadata([:], of: name, if: .always).tag)
                    tags.insert(try await store.snapshot(name, metadata: ["a": "b"], if: .always).1.tag)
                    tags.insert(try await store.setHeaders(BlobAttributes(), of: name, if: .always).tag)
                }
            }
            #expect(tags.count == 30)
            try await account.close()
        }
    }

    @Test("an append whose body fails leaves nothing")
    func failedBody() async throws {
        try await withFreshDirectory { path, store, name in
            let store = try #require(store as? any AppendingStore)
            let created = try await store.createAppendBlob(name, attributes: BlobAttributes(), if: .always)
            await #expect(throws: BrokenSource.Broken()) {
                var source = BrokenSource(after: 300_000)
                _ = try await store.append(&source, length: 400_000, to: name, at: AppendCondition(), if: .always)
            }
            #expect(try await store.properties(of: name, if: .always).tag == created.tag)
            await finishCleaning(store)
            #expect(try dataFiles(path) == [])
        }
    }

    private func finishCleaning(_ store: any BlobStore) async {
        await (store as? DirectoryStore)?.account.finishCleaning()
    }

    private func withFreshDirectory(
        limits: StoreLimits = .service, _ body: (String, any BlobStore, BlobName) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            try await withStore(path, limits: limits) { account in
                _ = try await account.create(ContainerName("box"), metadata: [:])
                try await body(path, account.store(of: ContainerName("box")), BlobName("a"))
            }
        }
    }
}
