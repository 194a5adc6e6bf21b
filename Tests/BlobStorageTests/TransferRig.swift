import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Synchronization
import TestSupport
import Testing

/// The transfer engine as a command builds it, over a store of the test's choice and on a clock that nobody waits for.
struct TransferRig: Sendable {
    /// Seven blocks of growing size behind one that is staged last.
    static let back = bytes(14_400)
    static let front = bytes(1500).reversed() as [UInt8]
    static let whole = front + back
    static let schedule = BlockSchedule(smallest: 1024, largest: 4096, blocks: 20)
    static let width = 4

    let blob: BlobName
    let token: UploadToken
    let store: any BlobStore
    let pool: BlockPool
    let budget: TransferBudget
    let schedule: BlockSchedule

    /// - Parameter memory: What a download may use.
    init(
        over base: any BlobStore, clock: TestClock = TestClock(), retryFor: Duration = .seconds(900),
        schedule: BlockSchedule = Self.schedule, memory: ByteCount? = nil
    ) throws {
        blob = try BlobName("stream")
        var generator = SeededGenerator(seed: 1)
        token = UploadToken(using: &generator)
        let gate = TransferGate(
            DepthController(limits: 1...Self.width, start: Self.width), bandwidth: nil, clock: clock)
        let policy = RetryPolicy(RetrySchedule(total: retryFor), clock: clock, log: .silent) { 0.5 }
        store = RetryingStore(GatedStore(base, gate: gate), policy: policy)
        budget = try TransferBudget(memory: .mebibytes(5), concurrency: Self.width)
        pool = BlockPool(budget: memory ?? budget.blocks)
        self.schedule = schedule
    }

    static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 256) }
    }

    /// An empty container without faults.
    static func freshStore(limits: StoreLimits = .service) async throws -> FaultyStore {
        let account = MemoryAccount(
            clock: { Date(timeIntervalSince1970: 1_700_000_000) }, random: { .random(in: .min ... .max) },
            limits: limits)
        let name = try ContainerName("transfers")
        _ = try await account.create(name, metadata: [:])
        return FaultyStore(account.store(of: name), plan: FaultPlan(target: nil, fault: .before))
    }

    private func uploader(on pool: BlockPool) -> Uploader {
        Uploader(store: store, pool: pool, schedule: schedule, meter: TransferMeter(), computesDigests: true)
    }

    /// The memory of an upload: three of the largest blocks.
    func uploadPool() -> BlockPool { BlockPool(budget: ByteCount(3 * schedule.largest)) }

    @discardableResult
    func upload(
        _ back: some ByteSource & Sendable = MemorySource(TransferRig.back, step: 700),
        front: some ByteSource & Sendable = MemorySource(TransferRig.front), if condition: AccessCondition = .absent
    ) async throws -> StagedBlob {
        let pool = uploadPool()
        let uploader = uploader(on: pool)
        var staged = StagedBlob(name: blob, token: token)
        do {
            try await uploader.stage(back, into: &staged)
            try await uploader.stageInFront(front, of: &staged)
            _ = try await uploader.commit(staged, attributes: BlobAttributes(), if: condition)
        } catch {
            await expectNothingLeft(in: pool)
            throw error
        }
        await expectNothingLeft(in: pool)
        return staged
    }

    func download(pieces: PieceDigests? = nil, into sink: inout some ByteSink) async throws {
        let downloader = Downloader(store: store, pool: pool, budget: budget, meter: TransferMeter())
        do {
            _ = try await downloader.download(blob, pieces: pieces, into: &sink)
        } catch {
            await expectNothingLeft(in: pool)
            throw error
        }
        await expectNothingLeft(in: pool)
    }

    private func expectNothingLeft(in pool: BlockPool) async {
        await expectAllBack(in: pool)
        #expect(pool.peakBytes <= pool.budget)
    }

    /// What somebody sees who looks at the blob; `nil` if there is none.
    static func visible(in store: any BlobStore) async throws -> [UInt8]? {
        let names = try await store.blobs(prefix: "").map(\.name.text)
        guard names == ["stream"] else {
            #expect(names.isEmpty)
            return nil
        }
        return try await store.contents(of: BlobName("stream"), limit: 1 << 24).bytes
    }
}

/// Expects an error that says what happened and what to do.
func expectClear(_ error: (any Error)?, sourceLocation: SourceLocation = #_sourceLocation) {
    guard let error = error as? any ExplainedError else {
        Issue.record("\(String(describing: error)) explains nothing", sourceLocation: sourceLocation)
        return
    }
    #expect(!error.summary.isEmpty && error.remedy != nil, sourceLocation: sourceLocation)
}

/// The fault of a store that would have said exactly this.
func refusal(in error: (any Error)?) -> Fault? {
    (error as? BlobStoreError).map { .refused($0.kind) }
}

/// Makes a store for each run, and remembers it for those who look at it afterwards.
final class LastStore: Sendable {
    private let store = Mutex<FaultyStore?>(nil)

    var last: FaultyStore? { store.withLock { $0 } }

    func next() async throws -> FaultyStore {
        let fresh = try await TransferRig.freshStore()
        store.withLock { $0 = fresh }
        return fresh
    }
}
