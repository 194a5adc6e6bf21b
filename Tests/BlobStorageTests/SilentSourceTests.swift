import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import TestSupport
import Testing

@Suite("A source that falls silent")
struct SilentSourceTests {
    private func store() async throws -> any BlobStore {
        let account = MemoryAccount(
            clock: { Date(timeIntervalSince1970: 1_700_000_000) }, random: { UInt64.random(in: .min ... .max) })
        let name = try ContainerName("silence")
        _ = try await account.create(name, metadata: [:])
        return account.store(of: name)
    }

    /// A block of bytes, and then nothing until the reader is cancelled.
    private struct SilentSource: ByteSource, Sendable {
        var first: Int

        mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
            guard first == 0 else {
                let count = min(first, buffer.freeCapacity)
                for _ in 0..<count { buffer.append(1) }
                first -= count
                return
            }
            let (silence, voice) = AsyncStream<Void>.makeStream()
            for await _ in silence {}
            voice.finish()
            try Task.checkCancellation()
        }
    }

    @Test("does not hold up the failure of a block that was read before", .tags(.faults), .timeLimit(.minutes(5)))
    func failureIsNoticed() async throws {
        let pool = BlockPool(budget: ByteCount(4096))
        let broken = FaultyStore(try await store(), plan: FaultPlan(target: 0, fault: .before))
        let uploader = Uploader(
            store: broken, pool: pool, schedule: BlockSchedule(smallest: 1024, largest: 1024),
            meter: TransferMeter(), computesDigests: false)
        var generator = SystemRandomNumberGenerator()
        var staged = StagedBlob(name: try BlobName("stream"), token: UploadToken(using: &generator))
        await #expect(throws: BlobStoreError.self) {
            try await uploader.stage(SilentSource(first: 1024), into: &staged)
        }
        #expect(staged.size == 0)
        await expectAllBack(in: pool)
    }

    @Test("ends with the task that uploads it", .timeLimit(.minutes(5)))
    func cancellation() async throws {
        let pool = BlockPool(budget: ByteCount(4096))
        let uploader = Uploader(
            store: try await store(), pool: pool, schedule: BlockSchedule(smallest: 1024, largest: 1024),
            meter: TransferMeter(), computesDigests: false)
        let task = Task {
            var generator = SystemRandomNumberGenerator()
            var staged = StagedBlob(name: try BlobName("stream"), token: UploadToken(using: &generator))
            try await uploader.stage(SilentSource(first: 1500), into: &staged)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await expectAllBack(in: pool)
    }
}
