import BlobStorage
import TestSupport
import Testing

@Suite("An upload whose every call fails once in every way", .tags(.faults))
struct UploadFaultTests {
    private func everyFault(
        _ faults: [Fault], _ suite: String, check: (FaultyStore, Fault, (any Error)?) async throws -> Void
    ) async throws {
        let tally = FaultTally()
        let calls = try await everyFailurePoint(
            faults, tally: tally, in: { try await TransferRig.freshStore() },
            operation: { store in try await TransferRig(over: store).upload() }, check: check)
        #expect(calls == 9)  // seven blocks, the one in front, and the commit
        #expect(tally.faults == tally.runs)
        tally.report("upload, \(suite)")
    }

    @Test("is done when the failure passes")
    func passing() async throws {
        try await everyFault(Fault.passing, "each call fails once and passes") { store, fault, error in
            let visible = try await TransferRig.visible(in: store)
            #expect(error == nil && visible == TransferRig.whole, "\(fault)")
        }
    }

    @Test("leaves nothing to be seen when the failure lasts, and says which it was")
    func lasting() async throws {
        try await everyFault(Fault.lasting, "each call fails for good") { store, fault, error in
            expectClear(error)
            #expect(refusal(in: error) == fault || isLeftOpen(error, by: fault))
            let visible = try await TransferRig.visible(in: store)
            #expect(visible == nil, "\(fault)")
        }
    }

    /// An answer to a commit that makes no sense says that there was an answer.
    private func isLeftOpen(_ error: (any Error)?, by fault: Fault) -> Bool {
        fault == .refused(.corrupt) && (error as? BlobStoreError)?.kind == .outcomeUnknown
    }
}
