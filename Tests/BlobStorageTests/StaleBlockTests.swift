import BlobStorage
import ByteStreams
import Diagnostics
import TestSupport
import Testing

@Suite("Uncommitted blocks that another upload left")
struct StaleBlockTests {
    private func leave(_ ids: [BlockID], in store: any BlobStore) async throws {
        for id in ids { try await store.stage([1, 2, 3].span, as: id, of: BlobName("stream")) }
    }

    @Test("do no harm where their ids are as long as ours, and are dropped by the commit")
    func sameLength() async throws {
        let store = try await TransferRig.freshStore()
        var generator = SeededGenerator(seed: 99)
        let other = UploadToken(using: &generator)
        try await leave((0..<20).map { BlockID(index: $0, attempt: 1, token: other) }, in: store)
        try await TransferRig(over: store).upload()
        #expect(try await TransferRig.visible(in: store) == TransferRig.whole)
        #expect(try await store.blockList(of: BlobName("stream")).uncommitted.isEmpty)
    }

    @Test("are named, with a way out, where their ids have another length")
    func otherLength() async throws {
        let store = try await TransferRig.freshStore()
        try await leave([try #require(BlockID(text: "QUFB"))], in: store)
        let error = await #expect(throws: BlobStoreError.self) { try await TransferRig(over: store).upload() }
        #expect(error?.kind == .invalidBlockID)
        #expect(error?.summary.contains("another upload left") == true)
        #expect(error?.remedy?.contains("Choose another name") == true && error?.remedy?.contains("week") == true)
        #expect(try await TransferRig.visible(in: store) == nil)

        // The way out that the remedy names.
        let blob = try BlobName("stream")
        _ = try await store.put([1].span, to: blob, attributes: BlobAttributes(), if: .always)
        try await store.delete(blob, if: .always)
        try await TransferRig(over: store).upload()
        #expect(try await TransferRig.visible(in: store) == TransferRig.whole)
    }

    @Test("are named, with a way out, where there is no room beside them")
    func tooMany() async throws {
        let limits = StoreLimits(block: 1 << 20, blocks: 100, uncommittedBlocks: 20, put: 1 << 20)
        let store = try await TransferRig.freshStore(limits: limits)
        var generator = SeededGenerator(seed: 99)
        let other = UploadToken(using: &generator)
        try await leave((0..<20).map { BlockID(index: $0, attempt: 1, token: other) }, in: store)
        let error = await #expect(throws: BlobStoreError.self) { try await TransferRig(over: store).upload() }
        #expect(error?.kind == .tooManyBlocks && error?.exitCode == .limit)
        #expect(error?.remedy?.contains("Choose another name") == true && error?.remedy?.contains("week") == true)
        #expect(try await TransferRig.visible(in: store) == nil)
    }
}
