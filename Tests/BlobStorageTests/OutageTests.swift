import BlobStorage
import ByteStreams
import Diagnostics
import Synchronization
import TestSupport
import Testing

@Suite("An outage of ten minutes in the middle of a transfer", .tags(.faults))
struct OutageTests {
    /// A service that fails, in changing ways, from one call on and for a time.
    private final class Outage: Sendable {
        private let start = Mutex<TestClock.Instant?>(nil)
        private let first: Int
        private let clock: TestClock

        init(from first: Int, on clock: TestClock) {
            self.first = first
            self.clock = clock
        }

        func fault(of call: StoreCall) -> Fault? {
            guard call.index >= first else { return nil }
            let start = start.withLock { start in
                start = start ?? clock.now
                return start ?? clock.now
            }
            guard start.duration(to: clock.now) < .seconds(600) else { return nil }
            let ways: [Fault] = [
                .noConnection, .connectionLost(timedOut: true), .refused(.busy), .connectionLost(timedOut: false),
                .refused(.serverFailure), .answerLost,
            ]
            return ways[call.index % ways.count]
        }
    }

    /// A transfer that meets an outage at one of its calls.
    private struct Met {
        let clock = TestClock()
        let plan: FaultPlan
        let rig: TransferRig

        init(over store: FaultyStore, from call: Int, retryFor: Duration) throws {
            let outage = Outage(from: call, on: clock)
            plan = FaultPlan { outage.fault(of: $0) }
            rig = try TransferRig(over: FaultyStore(store, plan: plan), clock: clock, retryFor: retryFor)
        }

        /// Expects it to have been waited out without hammering at the door.
        func expectPatience() {
            #expect(plan.faults > 5 && plan.faults < 200)
            #expect(clock.sleeps.reduce(.zero, +) >= .seconds(600))
        }
    }

    @Test("is survived by an upload with 15 minutes of patience, which reads its source once")
    func upload() async throws {
        let tally = FaultTally()
        for call in 1..<9 {
            let store = try await TransferRig.freshStore()
            let met = try Met(over: store, from: call, retryFor: .seconds(900))
            let read = Mutex(0)
            let source = WatchedSource(MemorySource(TransferRig.back, step: 700)) { count in
                read.withLock { $0 += count }
            }
            try await met.rig.upload(source)
            #expect(try await TransferRig.visible(in: store) == TransferRig.whole)
            #expect(read.withLock { $0 } == TransferRig.back.count)
            met.expectPatience()
            tally.add(met.plan)
        }
        tally.report("upload, an outage of 10 minutes and patience for 15")
    }

    @Test("ends an upload with 5 minutes of patience, which says so and leaves nothing to be seen")
    func impatientUpload() async throws {
        let tally = FaultTally()
        for call in 1..<8 {
            let store = try await TransferRig.freshStore()
            let met = try Met(over: store, from: call, retryFor: .seconds(300))
            let error = await #expect(throws: BlobStoreError.self) { try await met.rig.upload() }
            expectClear(error)
            #expect(error?.exitCode == .unreachable)
            #expect(try await TransferRig.visible(in: store) == nil)
            tally.add(met.plan)
        }
        tally.report("upload, an outage of 10 minutes and patience for 5")
    }

    @Test("at the commit of an upload without the patience leaves open what is there, and says so")
    func impatientCommit() async throws {
        let store = try await TransferRig.freshStore()
        let met = try Met(over: store, from: 8, retryFor: .seconds(300))
        let error = await #expect(throws: BlobStoreError.self) { try await met.rig.upload() }
        expectClear(error)
        #expect(error?.kind == .outcomeUnknown && error?.exitCode == .unreachable)
        let visible = try await TransferRig.visible(in: store)
        #expect(visible == nil || visible == TransferRig.whole)
    }

    @Test("is survived by a download with 15 minutes of patience")
    func download() async throws {
        let tally = FaultTally()
        for call in [1, 2, 8, 15] {
            let store = try await TransferRig.freshStore()
            let staged = try await TransferRig(over: store).upload()
            let met = try Met(over: store, from: call, retryFor: .seconds(900))
            var sink = MemorySink(limit: 1 << 20)
            try await met.rig.download(pieces: staged.pieces, into: &sink)
            #expect(sink.bytes == TransferRig.whole)
            met.expectPatience()
            tally.add(met.plan)
        }
        tally.report("download, an outage of 10 minutes and patience for 15")
    }

    @Test("ends a download with 5 minutes of patience, which says so")
    func impatientDownload() async throws {
        let tally = FaultTally()
        for call in [1, 2, 8, 15] {
            let store = try await TransferRig.freshStore()
            let staged = try await TransferRig(over: store).upload()
            let met = try Met(over: store, from: call, retryFor: .seconds(300))
            var sink = MemorySink(limit: 1 << 20)
            var thrown: (any Error)?
            do { try await met.rig.download(pieces: staged.pieces, into: &sink) } catch { thrown = error }
            expectClear(thrown)
            #expect((thrown as? BlobStoreError)?.exitCode == .unreachable)
            #expect(TransferRig.whole.starts(with: sink.bytes) && sink.bytes.count < TransferRig.whole.count)
            tally.add(met.plan)
        }
        tally.report("download, an outage of 10 minutes and patience for 5")
    }
}
