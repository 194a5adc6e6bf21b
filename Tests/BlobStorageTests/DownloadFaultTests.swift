import BlobStorage
import ByteStreams
import Diagnostics
import TestSupport
import Testing

@Suite("A download whose every call fails once in every way", .tags(.faults))
struct DownloadFaultTests {
    /// A blob to read, and how.
    struct Sample: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let hasDigests: Bool
        let calls: Int

        static let all = [
            Sample(testDescription: "sixteen pieces", bytes: TransferRig.bytes(15_900), hasDigests: true, calls: 16),
            Sample(testDescription: "three ranges", bytes: TransferRig.bytes(600 << 10), hasDigests: false, calls: 3),
            Sample(testDescription: "one request", bytes: TransferRig.bytes(100), hasDigests: false, calls: 1),
            Sample(testDescription: "an empty blob", bytes: [], hasDigests: false, calls: 2),
        ]

        /// The schedule with which it is written: any number of blocks.
        static let schedule = BlockSchedule(smallest: 1024, largest: 64 << 10, blocks: 200)
    }

    private func everyFault(
        _ faults: [Fault], of sample: Sample, _ suite: String, memory: ByteCount? = nil,
        check: (Fault, (any Error)?) async throws -> Void
    ) async throws {
        let store = try await TransferRig.freshStore()
        let writer = try TransferRig(over: store, schedule: Sample.schedule)
        let staged = try await writer.upload(MemorySource(sample.bytes), front: MemorySource([]))
        let tally = FaultTally()
        let calls = try await everyFailurePoint(
            faults, tally: tally, in: { store },
            operation: { store in
                var sink = MemorySink(limit: 1 << 24)
                do {
                    try await TransferRig(over: store, memory: memory).download(
                        pieces: sample.hasDigests ? staged.pieces : nil, into: &sink)
                } catch {
                    // Without digests damage is noticed at the end; with them no wrong byte is handed on.
                    #expect(!sample.hasDigests || sample.bytes.starts(with: sink.bytes))
                    throw error
                }
                #expect(sink.bytes == sample.bytes)
            }, check: { _, fault, error in try await check(fault, error) })
        #expect(calls == sample.calls)
        #expect(tally.faults == tally.runs)
        tally.report("download of \(sample.testDescription), \(suite)")
    }

    @Test("is done when the failure passes", arguments: Sample.all)
    func passing(_ sample: Sample) async throws {
        try await everyFault(Fault.passing + [.shortBody], of: sample, "each call fails once and passes") {
            #expect($1 == nil, "\($0)")
        }
    }

    @Test("reads a piece again that was damaged on the way")
    func damaged() async throws {
        try await everyFault([.damagedBody], of: Sample.all[0], "each answer is damaged once") {
            #expect($1 == nil, "\($0)")
        }
    }

    @Test("reads a piece again in the memory of a single one")
    func tight() async throws {
        try await everyFault(
            [.damagedBody, .shortBody], of: Sample.all[0], "each answer is damaged once, memory for one piece",
            memory: ByteCount(1024)
        ) { #expect($1 == nil, "\($0)") }
    }

    @Test("refuses a piece that is damaged whenever it is read, and no byte of it is handed on")
    func damagedAtRest() async throws {
        let store = try await TransferRig.freshStore()
        let staged = try await TransferRig(over: store).upload()
        let plan = FaultPlan { $0.key.contains("3548-") ? .damagedBody : nil }
        var sink = MemorySink(limit: 1 << 20)
        var thrown: (any Error)?
        do {
            try await TransferRig(over: FaultyStore(store, plan: plan)).download(pieces: staged.pieces, into: &sink)
        } catch {
            thrown = error
        }
        expectClear(thrown)
        let pieces = try #require(staged.pieces).pieces
        let damaged = try #require(pieces.first { $0.range.lowerBound == 3548 })
        #expect(thrown as? TransferError == TransferError(kind: .damaged(blob: "stream", range: damaged.range)))
        #expect(plan.faults == 2)
        // What is known to be damaged early ends the download before all in front of it was handed on.
        #expect(TransferRig.whole[..<3548].starts(with: sink.bytes))
    }

    @Test("never takes damaged bytes for good, even without digests", arguments: Sample.all[1...2])
    func damagedWithoutDigests(_ sample: Sample) async throws {
        try await everyFault([.damagedBody], of: sample, "each answer is damaged once") { _, error in
            expectClear(error)
            guard case .damaged? = (error as? TransferError)?.kind else {
                Issue.record("\(String(describing: error)) is not about damage")
                return
            }
        }
    }

    @Test("says which failure it was when it lasts", arguments: Sample.all)
    func lasting(_ sample: Sample) async throws {
        try await everyFault(Fault.lasting, of: sample, "each call fails for good") { fault, error in
            // An empty blob is known by it, and a larger one has changed meanwhile.
            if fault == .refused(.invalidRange), sample.bytes.isEmpty, error == nil { return }
            expectClear(error)
            let kind = (error as? BlobStoreError)?.kind
            let mayHaveChanged = fault == .refused(.invalidRange) && kind == .conditionNotMet
            #expect(refusal(in: error) == fault || mayHaveChanged, "\(fault)")
        }
    }
}
