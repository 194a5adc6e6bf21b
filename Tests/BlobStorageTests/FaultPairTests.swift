import BlobStorage
import TestSupport
import Testing

@Suite("Two failures of one upload", .tags(.faults))
struct FaultPairTests {
    /// Which try of which call meets what.
    private struct Planned {
        let operation: StoreCall.Operation
        var block: Int?
        var tries = 0
        let fault: Fault
    }

    /// Uploads over a store that fails as planned, and answers what was thrown and what is to be seen.
    private func upload(
        _ planned: [Planned], tally: FaultTally, if condition: AccessCondition = .absent
    ) async throws -> (error: (any Error)?, visible: [UInt8]?) {
        let store = try await TransferRig.freshStore()
        var generator = SeededGenerator(seed: 1)
        let token = UploadToken(using: &generator)
        let faults = Dictionary(
            uniqueKeysWithValues: planned.map { plan in
                let key = plan.block.map { BlockID(index: $0, attempt: 1, token: token).text } ?? ""
                return ("\(plan.operation) \(key) \(plan.tries)", plan.fault)
            })
        let plan = FaultPlan { faults["\($0.operation) \($0.key) \($0.tries)"] }
        let rig = try TransferRig(over: FaultyStore(store, plan: plan))
        let error = await Canceller().run { try await rig.upload(if: condition) }.error
        tally.add(plan)
        return (error, try await TransferRig.visible(in: store))
    }

    @Test("a lost answer of the commit is looked up, whatever passing failure meets the look")
    func lookUp() async throws {
        let tally = FaultTally()
        for operation in [StoreCall.Operation.properties, .blockList] {
            for fault in Fault.passing {
                let (error, visible) = try await upload(
                    [Planned(operation: .commit, fault: .answerLost), Planned(operation: operation, fault: fault)],
                    tally: tally)
                #expect(error == nil && visible == TransferRig.whole, "\(operation): \(fault)")
            }
        }
        #expect(tally.faults == 2 * tally.runs)
        tally.report("upload, the answer of the commit is lost and the look at it fails")
    }

    @Test("where the look fails for good, it is said that the outcome is not known")
    func unknown() async throws {
        let tally = FaultTally()
        for operation in [StoreCall.Operation.properties, .blockList] {
            for fault in Fault.lasting {
                let (error, visible) = try await upload(
                    [Planned(operation: .commit, fault: .answerLost), Planned(operation: operation, fault: fault)],
                    tally: tally)
                expectClear(error)
                let unknown = try #require(error as? BlobStoreError)
                #expect(unknown.kind == .outcomeUnknown && refusal(in: unknown.cause) == fault)
                #expect(unknown.exitCode == (unknown.cause as? BlobStoreError)?.exitCode)
                #expect(visible == TransferRig.whole)  // and nobody claimed that it is not
            }
        }
        #expect(tally.faults == 2 * tally.runs)
        tally.report("upload, the answer of the commit is lost and the look at it fails for good")
    }

    @Test("a block may fail twice, in any two ways that pass")
    func twiceOnOneBlock() async throws {
        let tally = FaultTally()
        for first in Fault.passing {
            for second in Fault.passing {
                let (error, visible) = try await upload(
                    [
                        Planned(operation: .stage, block: 3, fault: first),
                        Planned(operation: .stage, block: 3, tries: 1, fault: second),
                    ], tally: tally)
                #expect(error == nil && visible == TransferRig.whole, "\(first), then \(second)")
            }
        }
        #expect(tally.faults == 2 * tally.runs)
        tally.report("upload, one block fails twice")
    }

    @Test("what passes at first and then lasts is told by the second")
    func passesThenLasts() async throws {
        let tally = FaultTally()
        for first in Fault.passing {
            for second in Fault.lasting {
                let (error, visible) = try await upload(
                    [
                        Planned(operation: .stage, block: 2, fault: first),
                        Planned(operation: .stage, block: 2, tries: 1, fault: second),
                    ], tally: tally)
                expectClear(error)
                #expect(refusal(in: error) == second, "\(first), then \(second)")
                #expect(visible == nil)
            }
        }
        tally.report("upload, one block fails and then for good")
    }

    @Test("any block and the commit may fail in one upload")
    func blockAndCommit() async throws {
        let tally = FaultTally()
        for block in 0..<8 {
            for onBlock in Fault.passing {
                for onCommit in Fault.passing {
                    let (error, visible) = try await upload(
                        [
                            Planned(operation: .stage, block: block, fault: onBlock),
                            Planned(operation: .commit, fault: onCommit),
                        ], tally: tally)
                    #expect(
                        error == nil && visible == TransferRig.whole, "\(block): \(onBlock), and \(onCommit)")
                }
            }
        }
        #expect(tally.faults == 2 * tally.runs)
        tally.report("upload, a block and the commit fail")
    }

    @Test("a commit that fails for good after a lost answer leaves open what is there", arguments: Fault.lasting)
    func lostThenRefused(fault: Fault) async throws {
        let (error, visible) = try await upload(
            [
                Planned(operation: .commit, fault: .answerLost),
                Planned(operation: .commit, tries: 1, fault: fault),
            ], tally: FaultTally())
        // What it refuses because of what is there is looked up, and found.
        let looksUp: [Fault] = [.refused(.blobAlreadyExists), .refused(.conditionNotMet), .refused(.invalidBlockList)]
        if looksUp.contains(fault) {
            #expect(error == nil)
        } else {
            expectClear(error)
            #expect((error as? BlobStoreError)?.kind == .outcomeUnknown)
        }
        #expect(visible == TransferRig.whole)
    }
}
