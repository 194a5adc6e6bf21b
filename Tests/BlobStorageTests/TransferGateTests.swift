import Diagnostics
import FoundationEssentials
import HTTPMessages
import Synchronization
import SystemCalls
import TestSupport
import Testing

@testable import BlobStorage

@Suite("The gate of transfers", .timeLimit(.minutes(5)))
struct TransferGateTests {
    private func account(_ gate: TransferGate, probe: Probe) async throws -> any BlobStore {
        let base = MemoryAccount(clock: { Date(timeIntervalSince1970: 0) }, random: { 7 })
        let name = try ContainerName("gate")
        _ = try await base.create(name, metadata: [:])
        return GatedStore(ProbedStore(base.store(of: name), probe: probe), gate: gate)
    }

    private func stage(_ count: Int, into store: any BlobStore, bytes: Int = 100) async throws {
        var generator = SystemRandomNumberGenerator()
        let token = UploadToken(using: &generator)
        let blob = try BlobName("b")
        try await withThrowingDiscardingTaskGroup { group in
            for index in 0..<count {
                group.addTask {
                    let block = [UInt8](repeating: 1, count: bytes)
                    try await store.stage(block.span, as: BlockID(index: index, attempt: 1, token: token), of: blob)
                }
            }
        }
    }

    @Test("lets no more through at once than the depth", arguments: [1, 3, 8])
    func bounds(depth: Int) async throws {
        let probe = Probe()
        let gate = TransferGate(
            DepthController(limits: depth...depth, start: depth), bandwidth: nil, clock: ContinuousClock())
        try await stage(100, into: account(gate, probe: probe))
        #expect(probe.most <= depth)
        #expect(probe.total == 100)
    }

    @Test("keeps to the bandwidth")
    func bandwidth() async throws {
        let clock = TestClock()
        let gate = TransferGate(
            DepthController(limits: 4...4, start: 4), bandwidth: .kibibytes(1), clock: clock)
        let start = clock.now
        try await stage(10, into: account(gate, probe: Probe()), bytes: 1024)
        // Ten blocks of a second each: the last may begin after nine.
        #expect(start.duration(to: clock.now) >= .seconds(9))
    }

    @Test("counts only the bytes that a blob has, however many were asked for")
    func smallReads() async throws {
        let clock = TestClock()
        let gate = TransferGate(DepthController(limits: 1...1, start: 1), bandwidth: .kibibytes(1), clock: clock)
        let store = try await account(gate, probe: Probe())
        let blob = try BlobName("small")
        _ = try await store.put([UInt8](repeating: 1, count: 1024).span, to: blob, attributes: .init(), if: .always)
        let start = clock.now
        for _ in 0..<10 {
            _ = try await [UInt8].filled(capacity: 1 << 20) { buffer in
                _ = try await store.read(blob, range: ByteRange(0..<1 << 20), if: .always, into: &buffer)
            }
        }
        // One written and nine read before the last may begin.
        #expect(start.duration(to: clock.now) == .seconds(10))
    }

    @Test("gives back what is left of a slot that was not used, and nothing of what has run out")
    func lateReturn() async throws {
        let clock = ManualClock()
        let start = clock.now
        let gate = TransferGate(DepthController(limits: 4...4, start: 4), bandwidth: .kibibytes(1), clock: clock)
        /// Moves nothing of 10 KiB, which have the line for ten seconds, and takes so long for it.
        func nothing(in time: Duration) -> Task<Void, any Error> {
            Task { try await gate.pass(10 << 10, moved: { _ in 0 }) { try await clock.sleep(for: time) } }
        }
        let late = nothing(in: .seconds(15))
        try await clock.sleepers(1)
        clock.advance(by: .seconds(12))
        let second = nothing(in: .seconds(5))
        try await clock.sleepers(2)
        clock.advance(by: .seconds(3))
        try await late.value
        // The first one's slot ended after 10 seconds; the second one's goes from 12 to 22.
        let isThrough = Mutex(false)
        let third = Task {
            try await gate.pass(10 << 10) {
                isThrough.withLock { $0 = true }
                return start.duration(to: clock.now)
            }
        }
        while clock.sleeping < 2, !isThrough.withLock({ $0 }), !Task.isCancelled { await Task.yield() }
        clock.advance(by: .seconds(2))
        try await second.value
        // Five of its seconds were left; the third already has its turn, a fourth comes that much earlier.
        let fourth = Task { try await gate.pass(1) { start.duration(to: clock.now) } }
        while clock.sleeping < 2, !isThrough.withLock({ $0 }), !Task.isCancelled { await Task.yield() }
        clock.advance(by: .seconds(5))
        #expect(try await third.value == .seconds(22))
        try await clock.sleepers(1)
        clock.advance(by: .seconds(5))
        #expect(try await fourth.value == .seconds(27))
    }

    @Test("a busy service halves the depth")
    func busy() async throws {
        let probe = Probe()
        let gate = TransferGate(
            DepthController(limits: 1...16, start: 16), bandwidth: nil, clock: ContinuousClock())
        let store = try await account(gate, probe: probe)
        probe.failNext(with: BlobStoreError(.busy, subject: ""))
        await #expect(throws: BlobStoreError.self) { try await stage(1, into: store) }
        #expect(gate.depth == 8)
        probe.failNext(with: BlobStoreError(.blobNotFound, subject: ""))
        await #expect(throws: BlobStoreError.self) { try await stage(1, into: store) }
        #expect(gate.depth == 8)
    }

    @Test("a cancelled task leaves the line, and nobody behind it is forgotten")
    func cancellation() async throws {
        let probe = Probe()
        let gate = TransferGate(DepthController(limits: 1...1, start: 1), bandwidth: nil, clock: ContinuousClock())
        let store = try await account(gate, probe: probe)
        let tasks = (0..<20).map { _ in Task { try await stage(1, into: store) } }
        for task in tasks where tasks.firstIndex(of: task).map({ $0 % 2 == 0 }) == true { task.cancel() }
        for task in tasks { _ = await task.result }
        try await stage(1, into: store)
        #expect(probe.most == 1)
    }
}

/// Counts who is inside at once.
private final class Probe: Sendable {
    private let state = Mutex<(inside: Int, most: Int, total: Int, error: BlobStoreError?)>((0, 0, 0, nil))

    var most: Int { state.withLock { $0.most } }
    var total: Int { state.withLock { $0.total } }

    func failNext(with error: BlobStoreError) { state.withLock { $0.error = error } }

    func visit<Output>(_ body: () async throws -> Output) async throws -> Output {
        let error = state.withLock { state in
            state.inside += 1
            state.total += 1
            state.most = max(state.most, state.inside)
            defer { state.error = nil }
            return state.error
        }
        defer { state.withLock { $0.inside -= 1 } }
        if let error { throw error }
        await Task.yield()
        return try await body()
    }
}

/// A store whose staging goes by a probe.
private struct ProbedStore: BlobStore {
    private let base: any BlobStore
    private let probe: Probe

    init(_ base: any BlobStore, probe: Probe) {
        self.base = base
        self.probe = probe
    }

    var container: ContainerName { base.container }

    func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        try await probe.visit { try await base.stage(bytes, as: id, of: blob) }
    }

    func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await base.commit(blocks, to: blob, attributes: attributes, if: condition)
    }

    func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await base.put(bytes, to: blob, attributes: attributes, if: condition)
    }

    func blockList(of blob: BlobName) async throws -> BlockList { try await base.blockList(of: blob) }

    func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        try await base.read(blob, range: range, if: condition, into: &buffer)
    }

    func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try await base.properties(of: blob, if: condition)
    }

    func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        try await base.delete(blob, if: condition)
    }

    func list(_ query: BlobQuery) async throws -> BlobPage { try await base.list(query) }
    func containerProperties() async throws -> ContainerProperties { try await base.containerProperties() }
}
