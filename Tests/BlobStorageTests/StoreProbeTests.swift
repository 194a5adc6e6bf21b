import Diagnostics
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import BlobStorage

@Suite("Trying out a store")
struct StoreProbeTests {
    private final class Findings: Sendable {
        private let state = Mutex<[ProbeFinding]>([])
        var all: [ProbeFinding] { state.withLock { $0 } }
        func add(_ finding: ProbeFinding) { state.withLock { $0.append(finding) } }
        func severity(of probe: Probe) -> ProbeFinding.Severity? { all.last { $0.probe == probe }?.severity }
    }

    private static func store() async throws -> any BlobStore {
        let account = MemoryAccount(
            clock: { Date(timeIntervalSince1970: 1_750_000_000) }, random: { .random(in: .min ... .max) })
        let name = try ContainerName("backups")
        _ = try await account.create(name, metadata: [:])
        return account.store(of: name)
    }

    private static func probe(_ store: any BlobStore, writes: Bool = true, into findings: Findings) throws -> StoreProbe
    {
        try StoreProbe(
            store, prefix: "nightly/", suffix: "x", writes: writes, log: .silent, report: { findings.add($0) })
    }

    private static func names(in store: any BlobStore) async throws -> [String] {
        try await store.list(BlobQuery(includesUncommitted: true)).entries.map { entry in
            switch entry {
            case .blob(let name, _), .uncommitted(let name): name.text
            case .prefix(let text): text
            }
        }
    }

    @Test("finds all in order, and leaves nothing")
    func fine() async throws {
        let (store, findings) = (try await Self.store(), Findings())
        try await Self.probe(store, into: findings).run()
        #expect(findings.all.map(\.probe) == [.container, .list, .write, .createOnly, .read, .tier, .delete])
        #expect(findings.all.allSatisfy { $0.severity == .ok && $0.remedy == nil })
        #expect(try await Self.names(in: store).isEmpty)
    }

    @Test("writes nothing where it is not to, and reads what is there")
    func readOnly() async throws {
        let (store, findings) = (try await Self.store(), Findings())
        let blob = try BlobName("nightly/a")
        let archived = BlobAttributes(tier: .archive)
        let byte: [UInt8] = [1]
        _ = try await store.put(byte.span, to: blob, attributes: archived, if: .absent)
        for name in ["nightly/b", "other"] {
            _ = try await store.put(byte.span, to: BlobName(name), attributes: BlobAttributes(), if: .absent)
        }
        try await Self.probe(store, writes: false, into: findings).run()
        #expect(findings.all.map(\.probe) == [.container, .list, .tier, .read])
        #expect(findings.severity(of: .tier) == .warning)
        #expect(findings.all.last?.found.contains("nightly/b") == true)
        #expect(try await Self.names(in: store).count == 3)
    }

    @Test("takes a refusal for a refusal, whichever call meets it", arguments: StoreCall.Operation.allProbed)
    func refused(operation: StoreCall.Operation) async throws {
        let (store, findings) = (try await Self.store(), Findings())
        let plan = FaultPlan { $0.operation == operation ? .refused(.notAuthorized) : nil }
        try await Self.probe(FaultyStore(store, plan: plan), into: findings).run()
        let failed = findings.all.filter { $0.severity != .ok }
        #expect(!failed.isEmpty && failed.allSatisfy { $0.remedy != nil })
        #expect(!findings.all.contains { $0.severity != .ok && $0.found.contains("nothing lies") })
        let expected: (Probe, ProbeFinding.Severity) =
            switch operation {
            case .containerProperties: (.container, .note)
            case .list: (.list, .error)
            case .put: (.write, .error)
            case .delete: (.delete, .warning)
            default: (.read, .error)
            }
        #expect(findings.severity(of: expected.0) == expected.1)
        // Only who may not delete leaves the blob, and says so.
        let left = try await Self.names(in: store)
        #expect(left == (operation == .delete ? ["nightly/penstock-probe-x"] : []))
        #expect(operation != .delete || findings.all.contains { $0.found.contains("left behind") })
    }

    @Test("goes no further where the container is missing")
    func missing() async throws {
        let findings = Findings()
        let account = MemoryAccount(clock: { Date(timeIntervalSince1970: 0) }, random: { 7 })
        try await Self.probe(account.store(of: ContainerName("none")), into: findings).run()
        #expect(findings.all.map(\.probe) == [.container])
        #expect(findings.severity(of: .container) == .error)
    }

    @Test("leaves nothing, whenever it is cancelled or an answer is lost", arguments: 0..<8)
    func interrupted(call: Int) async throws {
        for fault in [Fault.cancelled, .cancelledUnnoticed, .answerLost, .doneNonetheless(.serverFailure)] {
            let (store, findings) = (try await Self.store(), Findings())
            let running = Mutex<Task<Void, any Error>?>(nil)
            let plan = FaultPlan(target: call, fault: fault, onCancel: { running.withLock { $0?.cancel() } })
            let probe = try Self.probe(FaultyStore(store, plan: plan), into: findings)
            let task = running.withLock { running in
                let task = Task { try await probe.run() }
                running = task
                return task
            }
            let result = await task.result
            if case .failure(let error) = result { #expect(error is CancellationError, "\(error)") }
            let left = try await Self.names(in: store)
            // A delete whose answer was lost may have been one; this one was.
            #expect(left.isEmpty, "\(fault) at \(call): \(findings.all)")
        }
    }
}

extension StoreCall.Operation {
    fileprivate static let allProbed: [Self] = [.containerProperties, .list, .put, .read, .properties, .delete]
}
