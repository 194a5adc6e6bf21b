import BlobStorage
import ByteStreams
import Diagnostics
import HTTPMessages
import TestSupport
import Testing

@Suite("A commit whose answer was lost, while somebody else writes the same name", .tags(.faults))
struct LostAnswerTests {
    /// What somebody else does to the blob between the first commit and the second.
    enum Rival: CaseIterable {
        case replaces, replacesWithOurMetadata, deletes

        func act(on store: any BlobStore) async throws {
            let blob = try BlobName("stream")
            switch self {
            case .replaces:
                _ = try await store.put([1, 2].span, to: blob, attributes: BlobAttributes(), if: .always)
            case .replacesWithOurMetadata:
                let found = try await store.properties(of: blob, if: .always)
                _ = try await store.put([1, 2].span, to: blob, attributes: found.attributes, if: .always)
            case .deletes: try await store.delete(blob, if: .always)
            }
        }
    }

    private func upload(
        _ rival: Rival?, first: Fault, if condition: AccessCondition
    ) async throws -> (error: BlobStoreError?, store: any BlobStore) {
        let store = try await TransferRig.freshStore()
        let plan = FaultPlan { $0.operation == .commit && $0.tries == 0 ? first : nil }
        let clock = TestClock {
            do { try await rival?.act(on: store) } catch { Issue.record(error) }
        }
        let rig = try TransferRig(over: FaultyStore(store, plan: plan), clock: clock)
        let error = await Canceller().run { try await rig.upload(if: condition) }.error
        #expect(plan.fired)
        return (error as? BlobStoreError, store)
    }

    @Test("is never reported as done", arguments: Rival.allCases, [AccessCondition.absent, .always])
    func replaced(_ rival: Rival, condition: AccessCondition) async throws {
        let (error, _) = try await upload(rival, first: .answerLost, if: condition)
        expectClear(error)
        #expect(error?.kind == .outcomeUnknown)
        let cause = (error?.cause as? BlobStoreError)?.kind
        switch (rival, condition) {
        case (.deletes, _): #expect(cause == .blobNotFound)
        case (_, .absent): #expect(cause == .blobAlreadyExists)
        default: #expect(cause == .conditionNotMet)
        }
    }

    @Test("is done where nobody came between", arguments: [AccessCondition.absent, .always])
    func undisturbed(condition: AccessCondition) async throws {
        let (error, store) = try await upload(nil, first: .answerLost, if: condition)
        #expect(error == nil)
        #expect(try await TransferRig.visible(in: store) == TransferRig.whole)
    }

    @Test(
        "is plainly unreachable where something in between refused it",
        arguments: [HTTPFailure.Kind.proxyRefused, .untrusted, .wrongName, .authoritiesUnusable, .tls])
    func notSent(kind: HTTPFailure.Kind) async throws {
        let (error, store) = try await upload(nil, first: .notSent(kind), if: .absent)
        #expect(error?.kind == .unreachable)
        #expect(try await TransferRig.visible(in: store) == nil)
    }

    @Test("is plainly refused where it was never sent", arguments: [Fault.noConnection, .refused(.busy)])
    func neverSent(first: Fault) async throws {
        let (error, store) = try await upload(.replaces, first: first, if: .absent)
        #expect(error?.kind == .blobAlreadyExists && error?.exitCode == .exists)
        #expect(try await TransferRig.visible(in: store) == [1, 2])
    }

    @Test("a small blob that was taken damaged is not taken for ours")
    func damagedPut() async throws {
        let store = try await TransferRig.freshStore()
        let plan = FaultPlan { $0.tries == 0 ? .doneNonetheless(.digestMismatch) : nil }
        let rig = try TransferRig(over: FaultyStore(store, plan: plan))
        let attributes = BlobAttributes(metadata: [UploadToken.metadataName: rig.token.text])
        let error = await #expect(throws: BlobStoreError.self) {
            try await rig.store.put([1].span, to: rig.blob, attributes: attributes, if: .absent)
        }
        #expect(error?.kind == .outcomeUnknown)
    }
}
