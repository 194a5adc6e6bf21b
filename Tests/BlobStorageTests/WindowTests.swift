import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@Suite("How far a transfer goes ahead", .timeLimit(.minutes(5)))
struct WindowTests {
    private static let piece = 1024
    private static let pieces = 40

    /// Counts calls that wait, and lets them go.
    private final class Hold: Sendable {
        private let state = Mutex((waiting: [CheckedContinuation<Void, Never>](), isOpen: false))

        var waiting: Int { state.withLock { $0.waiting.count } }

        func wait() async {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    /// Waits for a number that grows to be reached, then a while longer to see whether it is passed.
    private func settled(at expected: Int, _ number: () -> Int) async throws -> Int {
        while number() < expected { try await Task.sleep(for: .milliseconds(2)) }
        try await Task.sleep(for: .milliseconds(50))
        return number()
    }

    private func upload(to store: any BlobStore, pool: BlockPool, window: Int) async throws {
        var generator = SeededGenerator(seed: 3)
        var staged = StagedBlob(name: try BlobName("stream"), token: UploadToken(using: &generator))
        let uploader = Uploader(
            store: store, pool: pool, schedule: BlockSchedule(smallest: Self.piece, largest: Self.piece, blocks: 100),
            meter: TransferMeter(), computesDigests: false, window: { window })
        try await uploader.stage(MemorySource([UInt8](repeating: 7, count: Self.piece * Self.pieces)), into: &staged)
        _ = try await uploader.commit(staged, attributes: BlobAttributes(), if: .always)
    }

    @Test("an upload reads no more blocks than are worth sending at once", arguments: [1, 5])
    func upload(window: Int) async throws {
        let hold = Hold()
        let base = try await TransferRig.freshStore()
        let store = FaultyStore(base, plan: FaultPlan(target: nil, fault: .before)) { operation, _ in
            if operation == .stage { await hold.wait() }
        }
        let pool = BlockPool(budget: .mebibytes(1))
        async let done: Void = upload(to: store, pool: pool, window: window)
        let waiting = try await settled(at: window) { hold.waiting }
        #expect(waiting == window)
        #expect(pool.lentBytes <= (window + 1) * Self.piece)
        hold.open()
        try await done
        #expect(try await base.properties(of: BlobName("stream"), if: .always).size == Self.piece * Self.pieces)
    }

    @Test("a download whose next range is late asks for others meanwhile, as many at once as are worth it")
    func download() async throws {
        let hold = Hold()
        let base = try await TransferRig.freshStore()
        let piece = 256 << 10
        let size = piece * Self.pieces
        _ = try await base.put(
            [UInt8](repeating: 7, count: size).span, to: BlobName("stream"), attributes: BlobAttributes(), if: .always)
        let asked = Mutex(0)
        let store = FaultyStore(base, plan: FaultPlan(target: nil, fault: .before)) { _, range in
            asked.withLock { $0 += 1 }
            if range == "bytes=\(piece)-\(2 * piece - 1)" { await hold.wait() }
        }
        let budget = try TransferBudget(memory: .mebibytes(17), concurrency: 16)
        let pool = BlockPool(budget: .mebibytes(64))
        let downloader = Downloader(
            store: store, pool: pool, budget: budget, meter: TransferMeter(), window: { 3 })
        async let bytes: Int = {
            var sink = MemorySink(limit: size)
            _ = try await downloader.download(BlobName("stream"), into: &sink)
            return sink.bytes.count
        }()
        // The first range, and then sixteen beginning with the one that is late.
        let before = try await settled(at: 17) { asked.withLock(\.self) }
        #expect(before == 17)
        hold.open()
        #expect(try await bytes == size)
        await expectAllBack(in: pool)
    }
}
