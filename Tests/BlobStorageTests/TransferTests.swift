import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import HTTPMessages
import TestSupport
import Testing

@Suite("Uploads and downloads")
struct TransferTests {
    private let schedule = BlockSchedule(smallest: 1024, largest: 4096)
    private let blob: BlobName
    private let token: UploadToken

    init() throws {
        blob = try BlobName("stream")
        var generator = SystemRandomNumberGenerator()
        token = UploadToken(using: &generator)
    }

    private func freshStore() async throws -> any BlobStore {
        let account = MemoryAccount(
            clock: { Date(timeIntervalSince1970: 1_700_000_000) }, random: { UInt64.random(in: .min ... .max) })
        let name = try ContainerName("transfers")
        _ = try await account.create(name, metadata: [:])
        return account.store(of: name)
    }

    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 256) }
    }

    private func upload(
        _ bytes: [UInt8], to store: any BlobStore, pool: BlockPool, step: Int = .max
    ) async throws -> StagedBlob {
        let uploader = Uploader(
            store: store, pool: pool, schedule: schedule, meter: TransferMeter(), computesDigests: true)
        var staged = StagedBlob(name: blob, token: token)
        try await uploader.stage(MemorySource(bytes, step: step), into: &staged)
        _ = try await uploader.commit(staged, attributes: BlobAttributes(), if: .absent)
        return staged
    }

    private func download(
        from store: any BlobStore, pool: BlockPool, pieces: PieceDigests? = nil
    ) async throws -> [UInt8] {
        let budget = try TransferBudget(memory: .mebibytes(16), concurrency: 4)
        let downloader = Downloader(store: store, pool: pool, budget: budget, meter: TransferMeter())
        var sink = MemorySink(limit: 1 << 24)
        _ = try await downloader.download(blob, pieces: pieces, into: &sink)
        return sink.bytes
    }

    @Test("that are staged beside each other stand in the blob as they are put together")
    func apart() async throws {
        let store = try await freshStore()
        let pool = BlockPool(budget: ByteCount(16384))
        let uploader = Uploader(
            store: store, pool: pool, schedule: schedule, meter: TransferMeter(), computesDigests: true)
        var staged = StagedBlob(name: blob, token: token)
        let (empty, numbers) = (staged, BlockNumbers())
        let parts = [5000, 0, 700, 9000, 1024].map { Self.bytes($0 + 13).dropFirst(13) }
        async let last = uploader.stageApart(MemorySource(Array(parts[4])), of: empty, numbers: numbers)
        async let third = uploader.stageApart(MemorySource(Array(parts[3])), of: empty, numbers: numbers)
        async let second = uploader.stageApart(MemorySource(Array(parts[2])), of: empty, numbers: numbers)
        async let nothing = uploader.stageApart(MemorySource(Array(parts[1])), of: empty, numbers: numbers)
        async let first = uploader.stageApart(MemorySource(Array(parts[0])), of: empty, numbers: numbers)
        for run in try await [first, nothing, second, third, last] { staged.append(run) }
        try await uploader.stageInFront(MemorySource([1, 2, 3]), of: &staged)
        #expect(Set(staged.blocks).count == staged.blocks.count)
        _ = try await uploader.commit(staged, attributes: BlobAttributes(), if: .absent)
        let expected = [1, 2, 3] + parts.joined()
        #expect(staged.size == expected.count)
        #expect(try await download(from: store, pool: pool, pieces: staged.pieces) == expected)
        #expect(pool.lentBytes == 0)
    }

    @Test(
        "give back what was put in, whatever its size and however it is cut",
        arguments: [0, 1, 1023, 1024, 1025, 8192, 100_000], [1, 700, Int.max])
    func roundTrip(size: Int, step: Int) async throws {
        guard size < 10_000 || step > 1 else { return }
        let store = try await freshStore()
        let pool = BlockPool(budget: ByteCount(8192))
        let bytes = Self.bytes(size)
        let staged = try await upload(bytes, to: store, pool: pool, step: step)
        #expect(staged.size == size)
        #expect(staged.pieces?.size == size)
        let large = BlockPool(budget: .mebibytes(16))
        #expect(try await download(from: store, pool: large, pieces: staged.pieces) == bytes)
        #expect(try await download(from: store, pool: large) == bytes)
        await expectAllBack(in: pool)
        await expectAllBack(in: large)
    }

    @Test("a download needs no more than its pool, even one that holds a single range")
    func tightPool() async throws {
        let store = try await freshStore()
        let bytes = Self.bytes(100_000)
        let staged = try await upload(bytes, to: store, pool: BlockPool(budget: ByteCount(2048)))
        let pool = BlockPool(budget: ByteCount(1024))
        #expect(try await download(from: store, pool: pool, pieces: staged.pieces) == bytes)
        await expectAllBack(in: pool)
    }

    @Test("what is staged last can stand first")
    func front() async throws {
        let store = try await freshStore()
        let pool = BlockPool(budget: ByteCount(8192))
        let uploader = Uploader(
            store: store, pool: pool, schedule: schedule, meter: TransferMeter(), computesDigests: true)
        let (front, back) = (Self.bytes(1500), Self.bytes(5000).reversed() as [UInt8])
        var staged = StagedBlob(name: blob, token: token)
        try await uploader.stage(MemorySource(back), into: &staged)
        try await uploader.stageInFront(MemorySource(front), of: &staged)
        _ = try await uploader.commit(staged, attributes: BlobAttributes(), if: .absent)
        let got = try await download(from: store, pool: BlockPool(budget: .mebibytes(16)), pieces: staged.pieces)
        #expect(got == front + back)
    }

    @Test("an upload survives any single failure of the store: all of it is there, or nothing", .tags(.faults))
    func uploadFaults() async throws {
        let bytes = Self.bytes(9000)
        let calls = try await everyFailurePoint(in: { try await freshStoreBox() }) { store in
            let pool = BlockPool(budget: ByteCount(4096))
            do {
                _ = try await self.upload(bytes, to: store, pool: pool)
            } catch {
                await expectAllBack(in: pool)
                throw error
            }
            await expectAllBack(in: pool)
        } check: { store, fault, error in
            let visible = try? await store.properties(of: blob, if: .always)
            #expect(error != nil)
            // Only a commit whose answer was lost may have left something, and then all of it.
            #expect(visible == nil || fault == .answerLost && visible?.size == bytes.count)
        }
        #expect(calls == 10)  // nine blocks and the commit
    }

    @Test("a download survives any single failure of the store: all of it comes, or an error", .tags(.faults))
    func downloadFaults() async throws {
        let bytes = Self.bytes(70_000)
        let staged = try await upload(bytes, to: freshStore(), pool: BlockPool(budget: ByteCount(8192)))
        let pieces = try #require(staged.pieces)
        let calls = try await everyFailurePoint(in: {
            let box = try await freshStoreBox()
            _ = try await upload(bytes, to: box, pool: BlockPool(budget: ByteCount(8192)))
            return box
        }) { store in
            guard (try? await store.properties(of: self.blob, if: .always)) != nil else {
                throw BlobStoreError(.blobNotFound, subject: "")
            }
            let pool = BlockPool(budget: ByteCount(4096))
            let got = try await self.download(from: store, pool: pool, pieces: pieces)
            #expect(got == bytes)
            await expectAllBack(in: pool)
        } check: { _, _, error in
            #expect(error != nil)
        }
        #expect(calls == 1 + pieces.pieces.count)  // the first look of the operation itself, and the ranges
    }

    @Test("a source that fails leaves nothing visible and no lease out")
    func brokenSource() async throws {
        let store = try await freshStore()
        let pool = BlockPool(budget: ByteCount(4096))
        let uploader = Uploader(
            store: store, pool: pool, schedule: schedule, meter: TransferMeter(), computesDigests: true)
        var staged = StagedBlob(name: blob, token: token)
        await #expect(throws: StreamError.self) {
            try await uploader.stage(FailingSource(good: 5000), into: &staged)
        }
        #expect(staged.size == 0)
        await expectAllBack(in: pool)
        await #expect(throws: BlobStoreError.self) { try await store.properties(of: blob, if: .always) }
    }

    @Test("a piece that was changed is never handed on")
    func damaged() async throws {
        let store = try await freshStore()
        let bytes = Self.bytes(10_000)
        let staged = try await upload(bytes, to: store, pool: BlockPool(budget: ByteCount(8192)))
        var other = bytes
        other[4321] ^= 1
        _ = try await store.put(other.span, to: blob, attributes: BlobAttributes(), if: .always)
        let budget = try TransferBudget(memory: .mebibytes(16), concurrency: 4)
        let pool = BlockPool(budget: .mebibytes(8))
        let downloader = Downloader(store: store, pool: pool, budget: budget, meter: TransferMeter())
        var sink = MemorySink(limit: 1 << 20)
        await #expect(throws: TransferError(kind: .damaged(blob: "stream", range: 4096..<5120))) {
            _ = try await downloader.download(blob, pieces: staged.pieces, into: &sink)
        }
        #expect(sink.bytes == Array(bytes[..<4096]))
        await expectAllBack(in: pool)
    }

    @Test("a blob of another size is refused before a byte is handed on")
    func wrongSize() async throws {
        let store = try await freshStore()
        let staged = try await upload(Self.bytes(10_000), to: store, pool: BlockPool(budget: ByteCount(8192)))
        _ = try await store.put(Self.bytes(9_999).span, to: blob, attributes: BlobAttributes(), if: .always)
        await #expect(throws: TransferError(kind: .wrongSize(blob: "stream", expected: 10_000, found: 9_999))) {
            _ = try await download(from: store, pool: BlockPool(budget: .mebibytes(1)), pieces: staged.pieces)
        }
    }

    /// `any BlobStore` as a concrete type, for a generic parameter.
    private func freshStoreBox() async throws -> FaultyStore {
        FaultyStore(try await freshStore(), plan: FaultPlan(target: nil, fault: .before))
    }

    private struct FailingSource: ByteSource {
        var good: Int

        mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
            guard good > 0 else { throw StreamError(kind: .endedEarly(expected: 1, received: 0)) }
            let count = min(good, buffer.freeCapacity)
            for _ in 0..<count { buffer.append(1) }
            good -= count
        }
    }
}
