import BlobStorage
import ByteStreams
import TestSupport
import Testing

@Suite("A hundred transfers with failures by chance", .tags(.faults))
struct RandomFaultTests {
    private static let schedule = BlockSchedule(smallest: 256, largest: 2048, blocks: 1000)
    private static let body = TransferRig.bytes(36_000)

    /// Which calls fail, and how: by the seed and by what the call is about, so that a seed repeats its run even
    /// though calls are made in any order.
    private static func plan(seed: UInt64, rate: Double, of faults: [Fault], onCancel: @escaping @Sendable () -> Void)
        -> FaultPlan
    {
        FaultPlan(onCancel: onCancel) { call in
            var mixed = seed
            for byte in "\(call.operation) \(call.key) \(call.tries)".utf8 {
                mixed = (mixed ^ UInt64(byte)) &* 0x100_0000_01B3
            }
            var generator = SeededGenerator(seed: mixed)
            guard Double.random(in: 0..<1, using: &generator) < rate else { return nil }
            return faults.randomElement(using: &generator)
        }
    }

    private struct Outcome {
        var uploads = 0
        var downloads = 0
    }

    /// Uploads and downloads once for each seed, and answers how many were done.
    private func run(rate: Double, _ faults: [Fault], _ suite: String) async throws -> Outcome {
        let tally = FaultTally()
        var done = Outcome()
        for seed in UInt64(1)...100 {
            tally.addSeed()
            let store = try await TransferRig.freshStore()
            if try await upload(to: store, seed: seed, rate: rate, faults, tally) { done.uploads += 1 }
            if try await TransferRig.visible(in: store) == nil { try await plainUpload(to: store) }
            if try await download(from: store, seed: seed, rate: rate, faults, tally) { done.downloads += 1 }
        }
        #expect(tally.faults > 100)
        tally.report("\(suite) (\(done.uploads) uploads and \(done.downloads) downloads done, the others refused)")
        return done
    }

    @discardableResult
    private func plainUpload(to store: FaultyStore) async throws -> StagedBlob {
        try await TransferRig(over: store, schedule: Self.schedule).upload(
            MemorySource(Self.body), front: MemorySource([]))
    }

    private func upload(
        to store: FaultyStore, seed: UInt64, rate: Double, _ faults: [Fault], _ tally: FaultTally
    ) async throws -> Bool {
        let canceller = Canceller()
        let plan = Self.plan(seed: seed, rate: rate, of: faults, onCancel: canceller.cancel)
        let error = await canceller.run { try await plainUpload(to: FaultyStore(store, plan: plan)) }.error
        tally.add(plan)
        let visible = try await TransferRig.visible(in: store)
        #expect(visible == nil || visible == Self.body, "seed \(seed)")
        #expect(error != nil || visible != nil, "seed \(seed)")
        if let error, !(error is CancellationError) {
            expectClear(error)
            #expect(visible == nil || (error as? BlobStoreError)?.kind == .outcomeUnknown, "seed \(seed)")
        }
        return error == nil
    }

    private func download(
        from store: FaultyStore, seed: UInt64, rate: Double, _ faults: [Fault], _ tally: FaultTally
    ) async throws -> Bool {
        let pieces = try await plainUpload(to: TransferRig.freshStore()).pieces
        let canceller = Canceller()
        let plan = Self.plan(seed: seed, rate: rate, of: faults, onCancel: canceller.cancel)
        let error = await canceller.run {
            let rig = try TransferRig(over: FaultyStore(store, plan: plan), schedule: Self.schedule)
            var sink = MemorySink(limit: 1 << 20)
            do {
                try await rig.download(pieces: pieces, into: &sink)
            } catch {
                #expect(Self.body.starts(with: sink.bytes), "seed \(seed)")
                throw error
            }
            #expect(sink.bytes == Self.body, "seed \(seed)")
        }.error
        tally.add(plan)
        if let error, !(error is CancellationError) { expectClear(error) }
        return error == nil
    }

    @Test("of every kind in one call of a hundred: all of it is there, or a clear error")
    func onePercent() async throws {
        let faults = Fault.passing + Fault.lasting + Fault.silentDamage + [.cancelled, .cancelledUnnoticed]
        let done = try await run(rate: 0.01, faults, "1 % of calls fail in any way")
        #expect(done.uploads > 0 && done.uploads < 100 && done.downloads > 0 && done.downloads < 100)
    }

    @Test("that pass, in one call of ten: all of it is there", arguments: [0.01, 0.1])
    func passing(rate: Double) async throws {
        let done = try await run(rate: rate, Fault.passing, "\(Int(rate * 100)) % of calls fail and pass")
        #expect(done.uploads == 100 && done.downloads == 100)
    }
}
