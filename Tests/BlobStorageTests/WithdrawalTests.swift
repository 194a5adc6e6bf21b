import BlobStorage
import Diagnostics
import FoundationEssentials
import TestSupport
import Testing

@Suite("Taking back what an upload made", .tags(.faults), .timeLimit(.minutes(5)))
struct WithdrawalTests {
    private let token: UploadToken
    private let other: UploadToken

    init() {
        var generator = SystemRandomNumberGenerator()
        token = UploadToken(using: &generator)
        other = UploadToken(using: &generator)
    }

    /// A store with blobs of these names, each written with that token.
    private func store(_ blobs: KeyValuePairs<String, UploadToken>) async throws -> any BlobStore {
        let account = MemoryAccount(clock: { Date() }, random: { UInt64.random(in: .min ... .max) })
        let name = try ContainerName("backups")
        _ = try await account.create(name, metadata: [:])
        let store = account.store(of: name)
        for (name, token) in blobs {
            let attributes = BlobAttributes(metadata: [UploadToken.metadataName: token.text])
            _ = try await store.put([1].span, to: BlobName(name), attributes: attributes, if: .absent)
        }
        return store
    }

    private func names(_ store: any BlobStore) async throws -> [String] {
        try await store.blobs(prefix: "").map(\.name.text)
    }

    private func withdrawal(from store: any BlobStore, on clock: any Clock<Duration>) -> Withdrawal {
        Withdrawal(from: store, of: token, within: .seconds(30), on: clock)
    }

    @Test(
        "removes what that upload wrote and nothing else, also in a task that was cancelled", arguments: [false, true])
    func ownOnly(isCancelled: Bool) async throws {
        let store = try await store(["a": token, "b": other, "c": token])
        let withdrawal = withdrawal(from: store, on: ManualClock())
        let all = try ["a", "b", "c", "absent"].map { try BlobName($0) }
        let task = Task {
            while isCancelled, !Task.isCancelled { await Task.yield() }
            return await withdrawal.run(all)
        }
        if isCancelled { task.cancel() }
        let outcome = await task.value
        #expect(outcome.removed.map(\.text) == ["a", "c"])
        #expect(outcome.left == [])
        #expect(try await names(store) == ["b"])
    }

    /// What ends a withdrawal before its work is done.
    enum End: CaseIterable { case time, interrupt }

    @Test(
        "ends in its time, or soon after an interrupt, when the store dies, however long that is tried again",
        arguments: End.allCases)
    func deadStore(end: End) async throws {
        let whole = try await store(["a": token, "b": token, "c": token])
        // One blob, whichever comes first, is taken back.
        let plan = FaultPlan { $0.tries == 0 ? nil : .before }
        let policy = RetryPolicy(RetrySchedule(total: .seconds(900)), clock: ContinuousClock(), log: .silent) { 1 }
        let clock = ManualClock()
        let withdrawal = withdrawal(from: RetryingStore(FaultyStore(whole, plan: plan), policy: policy), on: clock)
        let all = try ["a", "b", "c"].map { try BlobName($0) }
        let task = Task { await withdrawal.run(all) }
        // Both others have been tried in vain.
        while plan.faults < 2, !Task.isCancelled { await Task.yield() }
        while try await names(whole).count > 2, !Task.isCancelled { await Task.yield() }
        switch end {
        case .time:
            try await clock.sleepers(1)
            clock.advance(by: .seconds(30))
        case .interrupt:
            task.cancel()
            try await clock.sleepers(2)
            clock.advance(by: Withdrawal.hasty)
        }
        let outcome = await task.value
        #expect(outcome.removed.count == 1 && outcome.left.count == 2)
        #expect(Set(outcome.removed + outcome.left) == Set(all))
        #expect(try await names(whole) == outcome.left.map(\.text))
        // Nobody sleeps on.
        try await clock.sleepers(0)
    }
}
