import BlobStorage
import ByteStreams
import TestSupport
import Testing

@Suite("A transfer that is cancelled at any moment at which it waits", .tags(.faults), .timeLimit(.minutes(2)))
struct TransferCancellationTests {
    /// Every first try fails, so that there is a pause before each second one.
    private static func plan(
        _ moments: CheckpointCounter, noticed: Bool, watch: @escaping @Sendable (StoreCall) -> Void
    ) -> FaultPlan {
        FaultPlan { call in
            watch(call)
            if moments.reach(), noticed { return .cancelled }
            return call.tries == 0 ? .refused(.busy) : nil
        }
    }

    /// Runs `operation` once for every moment at which it waits, cancelled there, until it runs through.
    ///
    /// - Parameter noticed: Whether a call to the store ends because of it, or goes on to its own end.
    private func everyMoment(
        noticed: Bool, tally: FaultTally,
        _ operation: @escaping @Sendable (FaultPlan, TestClock, CheckpointCounter) async throws -> Void,
        check: (_ error: (any Error)?, _ moment: Int) async throws -> Void
    ) async throws {
        var moment = 0
        while true {
            let canceller = Canceller()
            let moments = CheckpointCounter(target: moment, act: canceller.cancel)
            let (late, lateCommits) = (CheckpointCounter(target: -1) {}, CheckpointCounter(target: -1) {})
            let plan = Self.plan(moments, noticed: noticed) { call in
                guard moments.hasActed else { return }
                late.reach()
                if call.operation == .commit { lateCommits.reach() }
            }
            let clock = TestClock { moments.reach() }
            let error = await canceller.run { try await operation(plan, clock, moments) }.error
            tally.add(calls: plan.calls, faults: moments.reached > moment ? 1 : 0)
            // Who was past the gate already may go on; nobody else begins.
            #expect(late.reached <= TransferRig.width, "\(late.reached) calls at \(moment)")
            #expect(lateCommits.reached == 0, "at \(moment)")
            #expect(error == nil || error is CancellationError, "\(String(describing: error)) at \(moment)")
            try await check(error, moment)
            guard moments.reached > moment else {
                #expect(error == nil)
                return
            }
            moment += 1
            try #require(moment < 1000)
        }
    }

    @Test("an upload ends, and nothing is to be seen unless the commit was under way", arguments: [true, false])
    func upload(noticed: Bool) async throws {
        let tally = FaultTally()
        let stores = LastStore()
        try await everyMoment(noticed: noticed, tally: tally) { plan, clock, moments in
            let store = try await stores.next()
            let rig = try TransferRig(over: FaultyStore(store, plan: plan), clock: clock)
            let back = WatchedSource(MemorySource(TransferRig.back, step: 700)) { _ in moments.reach() }
            try await rig.upload(back, front: WatchedSource(MemorySource(TransferRig.front)) { _ in moments.reach() })
        } check: { error, moment in
            let visible = try await TransferRig.visible(in: try #require(stores.last))
            #expect(visible == nil || visible == TransferRig.whole, "at \(moment)")
            #expect(error != nil || visible != nil, "at \(moment)")
        }
        #expect(tally.runs > 40)
        tally.report("upload, cancelled at each moment, \(noticed ? "noticed" : "unnoticed") by the store")
    }

    @Test("a download ends at once, with no wrong byte handed on", arguments: [true, false])
    func download(noticed: Bool) async throws {
        let store = try await TransferRig.freshStore()
        let staged = try await TransferRig(over: store).upload()
        let tally = FaultTally()
        try await everyMoment(noticed: noticed, tally: tally) { plan, clock, moments in
            let rig = try TransferRig(over: FaultyStore(store, plan: plan), clock: clock)
            var sink = WatchedSink(MemorySink(limit: 1 << 20)) { moments.reach() }
            do {
                try await rig.download(pieces: staged.pieces, into: &sink)
            } catch {
                #expect(TransferRig.whole.starts(with: sink.base.bytes))
                throw error
            }
            #expect(sink.base.bytes == TransferRig.whole)
        } check: { _, _ in
        }
        #expect(tally.runs > 40)
        tally.report("download, cancelled at each moment, \(noticed ? "noticed" : "unnoticed") by the store")
    }
}
