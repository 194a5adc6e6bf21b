import BlobStorage
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Synchronization
import SystemCalls
import TestSupport
import Testing

@Suite("Retries")
struct RetryTests {
    private let schedule = RetrySchedule(base: .seconds(1), cap: .seconds(60), total: .seconds(600))

    @Test("wait twice as long each time, up to the cap, and a part of that by chance")
    func growth() {
        for (tries, seconds) in [(1, 1.0), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (1_000_000, 60)] {
            for chance in [0.0, 0.5, 1] {
                let wait = schedule.wait(after: tries, elapsed: .zero, asked: nil, chance: chance)
                #expect(wait == .seconds(seconds * chance))
            }
        }
    }

    @Test("end when the next try would begin too late")
    func bounded() {
        #expect(schedule.wait(after: 1, elapsed: .seconds(599), asked: nil, chance: 1) == .seconds(1))
        #expect(schedule.wait(after: 1, elapsed: .seconds(600), asked: nil, chance: 1) == nil)
        #expect(schedule.wait(after: 1, elapsed: .zero, asked: .seconds(601), chance: 0) == nil)
    }

    @Test("wait at least as long as the service asks")
    func asked() async throws {
        #expect(schedule.wait(after: 1, elapsed: .zero, asked: .seconds(90), chance: 0) == .seconds(90))
        #expect(schedule.wait(after: 4, elapsed: .zero, asked: .seconds(2), chance: 1) == .seconds(8))
        let clock = TestClock()
        let busy = BlobStoreError(
            .busy, subject: "c",
            service: ServiceAnswer(status: 503, code: "ServerBusy", requestID: "", retryAfter: .seconds(7)))
        let tries = try await policy(clock).run { before in
            if before < 2 { throw busy }
            return before
        }
        #expect(tries == 2)
        #expect(clock.sleeps == [.seconds(7), .seconds(7)])
    }

    @Test("are not made for what will not pass", arguments: BlobStoreError.Kind.allCases)
    func kinds(kind: BlobStoreError.Kind) async throws {
        let clock = TestClock()
        let calls = Mutex(0)
        let error = await #expect(throws: BlobStoreError.self) {
            try await policy(clock).run { _ in
                calls.withLock { $0 += 1 }
                throw BlobStoreError(kind, subject: "c")
            }
        }
        #expect(error?.kind == kind)
        let transient = [.busy, .serverFailure, .unreachable, .digestMismatch, .credentialUnavailable].contains(kind)
        #expect((calls.withLock { $0 } > 1) == transient)
    }

    @Test("are not made after a cancellation")
    func cancelled() async throws {
        let clock = TestClock()
        await #expect(throws: CancellationError.self) {
            try await policy(clock).run { _ in throw CancellationError() }
        }
        #expect(clock.sleeps.isEmpty)
    }

    @Test("give a service that never answered up soon")
    func neverAnswered() async throws {
        let clock = TestClock()
        let start = clock.now
        let policy = policy(clock)
        for _ in 0..<2 {
            await #expect(throws: BlobStoreError.self) { try await policy.run { _ in throw unreachable } }
        }
        #expect(start.duration(to: clock.now) <= .seconds(10))
    }

    @Test("are made for long once the service has answered, be it with a refusal")
    func answeredBefore() async throws {
        for first in [BlobStoreError(.blobNotFound, subject: "c"), BlobStoreError(.notAuthorized, subject: "c"), nil] {
            let clock = TestClock()
            let start = clock.now
            let policy = policy(clock)
            try? await policy.run { _ in if let first { throw first } }
            await #expect(throws: BlobStoreError.self) { try await policy.run { _ in throw unreachable } }
            #expect(start.duration(to: clock.now) > .seconds(500))
        }
    }

    @Test("warn once in each outage that somebody is kept waiting")
    func warning() async throws {
        let warnings = Mutex(0)
        let log = Log { entry in if entry.level == .warning { warnings.withLock { $0 += 1 } } }
        let policy = RetryPolicy(schedule, clock: TestClock(), log: log) { 0.5 }
        for outage in 1...2 {
            try await policy.run { _ in }
            for _ in 0..<3 { try await policy.run { before in if before < 3 { throw unreachable } } }
            #expect(warnings.withLock { $0 } == outage - 1)
            for _ in 0..<3 { try? await policy.run { _ in throw unreachable } }
            #expect(warnings.withLock { $0 } == outage)
        }
    }

    @Test("say for how long at most: shorter as long as the service has never answered", arguments: [true, false])
    func warningSaysUntil(answered: Bool) async throws {
        let said = Mutex<[String]>([])
        let log = Log { entry in
            guard entry.level == .warning else { return }
            said.withLock { $0 += entry.metadata.filter { $0.key == "until" }.map(\.value) }
        }
        let policy = RetryPolicy(schedule, clock: TestClock(), log: log) { 0.1 }
        if answered { try await policy.run { _ in } }
        try? await policy.run { _ in throw unreachable }
        #expect(said.withLock { $0 } == [answered ? "600.0 seconds have passed" : "5.0 seconds have passed"])
    }

    private var unreachable: BlobStoreError { BlobStoreError(.unreachable, subject: "c") }

    // MARK: - Lost answers

    private func policy(_ clock: TestClock) -> RetryPolicy {
        RetryPolicy(schedule, clock: clock, log: .silent) { 0.5 }
    }

    private func account() -> MemoryAccount {
        MemoryAccount(clock: { Date(timeIntervalSince1970: 1_700_000_000) }, random: { .random(in: .min ... .max) })
    }

    /// Runs `body` with stores whose first answers are lost: `lost` times the work is done, and nobody hears of it.
    private func losing(
        _ lost: Int, _ body: (_ account: RetryingAccount, _ plain: any BlobStore) async throws -> Void
    ) async throws {
        let memory = account()
        let container = try ContainerName("dumps")
        _ = try await memory.create(container, metadata: [:])
        let lossy = LossyAccount(memory, lost: lost)
        try await body(RetryingAccount(lossy, policy: policy(TestClock())), memory.store(of: container))
    }

    private let attributes = BlobAttributes(metadata: ["penstock_upload": "0123"])

    @Test(
        "of a create-only commit find the blob that an earlier try made", arguments: [1, 3],
        [BlockReference.Place.latest, .uncommitted])
    func commit(lost: Int, place: BlockReference.Place) async throws {
        try await losing(lost) { account, plain in
            let (name, id) = (try BlobName("a"), try #require(BlockID(text: "QUFB")))
            try await plain.stage([1, 2].span, as: id, of: name)
            let store = account.store(of: plain.container)
            let written = try await store.commit(
                [BlockReference(id, place)], to: name, attributes: attributes, if: .absent)
            let found = try await plain.properties(of: name, if: .always)
            #expect(found.tag == written.tag && found.size == 2)
        }
    }

    @Test("of a create-only put find the blob that an earlier try made")
    func put() async throws {
        try await losing(2) { account, plain in
            let name = try BlobName("a")
            let store = account.store(of: plain.container)
            let written = try await store.put([1, 2].span, to: name, attributes: attributes, if: .absent)
            #expect(try await plain.properties(of: name, if: .always).tag == written.tag)
        }
    }

    @Test("do not take somebody else's blob for ours")
    func somebodyElse() async throws {
        try await losing(0) { _, plain in
            let name = try BlobName("a")
            let others = BlobAttributes(metadata: ["penstock_upload": "9999"])
            _ = try await plain.put([1, 2].span, to: name, attributes: others, if: .absent)
            // Unreachable at first, then told that the blob exists: by another upload, or by one without a token.
            for ours in [attributes, BlobAttributes()] {
                let store = RetryingStore(LossyStore(plain, unsent: 1), policy: policy(TestClock()))
                let error = await #expect(throws: BlobStoreError.self) {
                    try await store.put([1, 2].span, to: name, attributes: ours, if: .absent)
                }
                // The first may have been done, and its blob have been replaced.
                #expect(error?.kind == .outcomeUnknown && error?.exitCode == .exists)
                #expect((error?.cause as? BlobStoreError)?.kind == .blobAlreadyExists)
            }
            // Ours by its token, but of another size.
            let store = RetryingStore(LossyStore(plain, unsent: 1), policy: policy(TestClock()))
            await #expect(throws: BlobStoreError.self) {
                try await store.put([1].span, to: name, attributes: others, if: .absent)
            }
        }
    }

    @Test("refuse an existing blob at once when nothing was lost")
    func firstTry() async throws {
        try await losing(0) { account, plain in
            let name = try BlobName("a")
            _ = try await plain.put([1].span, to: name, attributes: attributes, if: .absent)
            let error = await #expect(throws: BlobStoreError.self) {
                try await account.store(of: plain.container).put(
                    [1].span, to: name, attributes: attributes, if: .absent)
            }
            #expect(error?.kind == .blobAlreadyExists)
        }
    }

    @Test("take what is gone for deleted, and what is there for created, but not on the first try")
    func deleteAndCreate() async throws {
        try await losing(1) { account, plain in
            let name = try BlobName("a")
            _ = try await plain.put([1].span, to: name, attributes: attributes, if: .always)
            let store = account.store(of: plain.container)
            try await store.delete(name, if: .always)
            let missing = await #expect(throws: BlobStoreError.self) { try await store.delete(name, if: .always) }
            #expect(missing?.kind == .blobNotFound)
        }
        try await losing(1) { account, _ in
            let name = try ContainerName("other")
            #expect(try await account.create(name, metadata: ["a": "b"]).metadata == ["a": "b"])
            let again = await #expect(throws: BlobStoreError.self) { try await account.create(name, metadata: [:]) }
            #expect(again?.kind == .containerAlreadyExists)
        }
        try await losing(1) { account, plain in
            try await account.delete(plain.container, if: .always)
            let missing = await #expect(throws: BlobStoreError.self) {
                try await account.delete(plain.container, if: .always)
            }
            #expect(missing?.kind == .containerNotFound)
        }
    }

    @Test("of a read begin again where the buffer was")
    func read() async throws {
        try await losing(2) { account, plain in
            let name = try BlobName("a")
            _ = try await plain.put([1, 2, 3].span, to: name, attributes: attributes, if: .always)
            let store = account.store(of: plain.container)
            let bytes = try await [UInt8].filled(capacity: 4) { buffer in
                buffer.append(9)
                _ = try await store.read(name, range: ByteRange(0..<3), if: .always, into: &buffer)
            }
            #expect(bytes == [9, 1, 2, 3])
        }
    }

    @Test("give up when the time is spent, with the last error")
    func spent() async throws {
        let clock = TestClock()
        let memory = account()
        let container = try ContainerName("dumps")
        _ = try await memory.create(container, metadata: [:])
        let policy = policy(clock)
        let store = RetryingStore(LossyStore(memory.store(of: container), unsent: .max), policy: policy)
        try await policy.run { _ in }  // the service has answered before
        let error = await #expect(throws: BlobStoreError.self) { try await store.list(BlobQuery()) }
        #expect(error?.kind == .unreachable)
        #expect(clock.sleeps.reduce(.zero, +) <= .seconds(600))
        #expect(clock.sleeps.count > 20)
    }

    @Test("change nothing about what a store must do", arguments: BlobStoreContract.cases)
    func contract(_ sentence: BlobStoreContract.Case) async throws {
        try await sentence.run(RetryingAccount(account(), policy: policy(TestClock())))
    }
}

/// Loses answers of the first operations, or never sends them.
private final class LossyAccount: BlobAccount {
    private let base: any BlobAccount
    private let lost: Mutex<Int>

    init(_ base: any BlobAccount, lost: Int) {
        self.base = base
        self.lost = Mutex(lost)
    }

    private func lose(_ name: ContainerName) throws {
        let loses = lost.withLock { lost in
            lost -= 1
            return lost >= 0
        }
        if loses { throw BlobStoreError(.unreachable, subject: name.text) }
    }

    func create(_ container: ContainerName, metadata: [String: String]) async throws -> ContainerProperties {
        let made = try await base.create(container, metadata: metadata)
        try lose(container)
        return made
    }

    func delete(_ container: ContainerName, if condition: AccessCondition) async throws {
        try await base.delete(container, if: condition)
        try lose(container)
    }

    func containers(prefix: String, marker: String?, limit: Int) async throws -> ContainerPage {
        try await base.containers(prefix: prefix, marker: marker, limit: limit)
    }

    func store(of container: ContainerName) -> any BlobStore {
        LossyStore(base.store(of: container), lost: lost.withLock { $0 })
    }
}

private final class LossyStore: BlobStore {
    private let base: any BlobStore
    private let left: Mutex<(unsent: Int, lost: Int)>

    init(_ base: any BlobStore, unsent: Int = 0, lost: Int = 0) {
        self.base = base
        left = Mutex((unsent, lost))
    }

    private var failure: BlobStoreError { BlobStoreError(.unreachable, subject: container.text) }

    private func send() throws {
        let fails = left.withLock { left in
            left.unsent -= 1
            return left.unsent >= 0
        }
        if fails { throw failure }
    }

    private func answer() throws {
        let fails = left.withLock { left in
            left.lost -= 1
            return left.lost >= 0
        }
        if fails { throw failure }
    }

    var container: ContainerName { base.container }

    func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        try send()
        try await base.stage(bytes, as: id, of: blob)
        try answer()
    }

    func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try send()
        let written = try await base.commit(blocks, to: blob, attributes: attributes, if: condition)
        try answer()
        return written
    }

    func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try send()
        let written = try await base.put(bytes, to: blob, attributes: attributes, if: condition)
        try answer()
        return written
    }

    func blockList(of blob: BlobName) async throws -> BlockList { try await base.blockList(of: blob) }

    func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        try send()
        let properties = try await base.read(blob, range: range, if: condition, into: &buffer)
        try answer()
        return properties
    }

    func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try await base.properties(of: blob, if: condition)
    }

    func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        try send()
        try await base.delete(blob, if: condition)
        try answer()
    }

    func list(_ query: BlobQuery) async throws -> BlobPage {
        try send()
        return try await base.list(query)
    }

    func containerProperties() async throws -> ContainerProperties { try await base.containerProperties() }
}
