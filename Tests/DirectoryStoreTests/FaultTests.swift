import BlobStorage
import ByteStreams
import FoundationEssentials
import HTTPMessages
import Synchronization
import SystemCalls
import TestSupport
import Testing

@testable import DirectoryStore

/// What a crash at any step leaves is looked at by copying the directory at that step and opening the copy.
@Suite("A directory store that crashed at any step")
struct FaultTests {
    /// What can be seen of a store: the text of each blob, and how many uncommitted blocks it has.
    struct Sight: Equatable, Sendable {
        var texts: [String: String] = [:]
        var staged: [String: Int] = [:]
        /// What is said of each blob, and of its snapshots.
        var states: [String: [BlobProperties]] = [:]
    }

    enum Operation: Sendable {
        case stage(String, String, Int)
        case commit(String, [String])
        case put(String, Int)
        case delete(String)
        case snapshot(String)
        case deleteSnapshots(String)
        case deleteAll(String)
        case describe(String)
        case tag(String)
        case createAppend(String)
        case append(String, Int)
        case copy(String, to: String)
        /// Stages a part of a blob without moving its bytes.
        case share(String, Range<Int>, as: String, of: String)
    }

    static let large = 20_000
    static let story: [Operation] = [
        .stage("a", "1", large), .stage("a", "2", 10), .commit("a", ["1", "2"]),
        .stage("a", "3", large), .stage("a", "3", large + 1), .commit("a", ["2", "3"]),
        .put("b", large), .put("b", 5), .put("b", large + 2), .stage("b", "1", large), .delete("b"),
        .put("a", 3), .stage("c", "1", large), .delete("a"), .commit("c", ["1"]),
        .copy("c", to: "a"), .delete("c"), .share("a", 5..<9000, as: "1", of: "b"), .copy("a", to: "c"), .delete("a"),
        .commit("b", ["1"]), .copy("b", to: "c"), .delete("b"), .put("c", large),
        .snapshot("c"), .describe("c"), .put("c", large + 3), .snapshot("c"), .tag("c"), .put("c", 4),
        .deleteSnapshots("c"), .snapshot("c"), .put("c", large), .deleteAll("c"),
        .createAppend("a"), .append("a", 7), .append("a", large), .snapshot("a"), .append("a", large + 1),
        .deleteSnapshots("a"), .createAppend("a"), .delete("a"),
    ]

    /// A copy of the directory, and how many operations had been acknowledged when it was made.
    struct Copy: Sendable {
        let path: String
        let done: Int
        let step: StoreStep
    }

    @Test("is what it was before the operation or after it, without lost files")
    func everyStep() async throws {
        try await withTemporaryDirectory(inMemory: true) { root in
            let path = root + "/store"
            let container = try ContainerName("faults")
            let copies = Mutex<[Copy]>([])
            let done = Mutex<Int?>(nil)
            let probe: @Sendable (StoreStep) -> Void = { step in
                guard let done = done.withLock({ $0 }) else { return }
                let copy = copies.withLock { root + "/copy-\($0.count)" }
                guard (try? ChildProcess.run("/bin/cp", ["-a", path, copy])) != nil else { return }
                copies.withLock { $0.append(Copy(path: copy, done: done, step: step)) }
            }
            var sights: [Sight] = []
            let account = try await open(path, probe)
            _ = try await account.create(container, metadata: [:])
            let store = account.store(of: container)
            sights.append(try await sight(of: store))
            for (index, operation) in Self.story.enumerated() {
                done.withLock { $0 = index }
                try await run(operation, in: store)
                await account.finishCleaning()
                done.withLock { $0 = nil }
                sights.append(try await sight(of: store))
            }
            try await account.close()
            let made = copies.withLock { $0 }
            #expect(Set(made.map(\.step)) == Set(StoreStep.allCases))
            for copy in made {
                let opened = try await open(copy.path) { _ in }
                let found = try await sight(of: opened.store(of: container))
                #expect(
                    found == sights[copy.done] || found == sights[copy.done + 1],
                    "after a crash in \(Self.story[copy.done]) at \(copy.step)")
                await opened.finishCleaning()
                #expect(try dataFiles(copy.path).count == CrashTests.knownFiles(copy.path), "at \(copy.step)")
                try await opened.close()
            }
        }
    }

    private func open(_ path: String, _ probe: @escaping @Sendable (StoreStep) -> Void) async throws -> DirectoryAccount
    {
        try await DirectoryAccount.open(
            path: path, access: .exclusive, clock: { Date() }, random: { .random(in: .min ... .max) },
            limits: .service, probe: probe)
    }

    private func run(_ operation: Operation, in store: any BlobStore) async throws {
        switch operation {
        case .stage(let blob, let id, let size):
            try await store.stage([UInt8](repeating: 65, count: size).span, as: block(id), of: BlobName(blob))
        case .commit(let blob, let ids): try await store.commit(ids.map { try block($0) }, to: BlobName(blob))
        case .put(let blob, let size): try await store.put(String(repeating: "B", count: size), to: BlobName(blob))
        case .delete(let blob): try await store.delete(BlobName(blob), if: .always)
        case .copy(let source, let blob):
            _ = try await #require(store as? any CopyingStore).copy(
                from: copySource(source, store), to: BlobName(blob), if: .always
            ) { CopyDescription(attributes: $0.attributes, keepsBlocks: true, state: nil) }
        case .share(let source, let range, let id, let blob):
            let isShared = try await #require(store as? any CopyingStore).stage(
                from: copySource(source, store), range: ByteRange(range), as: block(id), of: BlobName(blob),
                showing: nil)
            #expect(isShared)
        default: try await runOnService(operation, in: store)
        }
    }

    private func runOnService(_ operation: Operation, in store: any BlobStore) async throws {
        let store = try #require(store as? any SnapshottingStore & AnnotatingStore & AppendingStore)
        switch operation {
        case .snapshot(let blob): _ = try await store.snapshot(BlobName(blob), metadata: nil, if: .always)
        case .deleteSnapshots(let blob): try await store.delete(BlobName(blob), .snapshotsOnly, if: .always)
        case .deleteAll(let blob): try await store.delete(BlobName(blob), .withSnapshots, if: .always)
        case .describe(let blob): _ = try await store.setMetadata(["a": "b"], of: BlobName(blob), if: .always)
        case .tag(let blob): try await store.setTags(BlobTags(["a": "b"]), of: BlobName(blob), if: .always)
        case .createAppend(let blob):
            _ = try await store.createAppendBlob(BlobName(blob), attributes: BlobAttributes(), if: .always)
        case .append(let blob, let size):
            var source = MemorySource([UInt8](repeating: 67, count: size))
            _ = try await store.append(&source, length: size, to: BlobName(blob), at: AppendCondition(), if: .always)
        case .stage, .commit, .put, .delete, .copy, .share: break
        }
    }

    private func copySource(_ name: String, _ store: any BlobStore) throws -> CopySource {
        CopySource(container: store.container, blob: try BlobName(name), snapshot: nil, condition: .always)
    }

    private func sight(of store: any BlobStore) async throws -> Sight {
        var sight = Sight()
        for name in ["a", "b", "c"] {
            let blob = try BlobName(name)
            guard let list = try? await store.blockList(of: blob) else { continue }
            sight.staged[name] = list.uncommitted.count
            if list.properties != nil { sight.texts[name] = try await store.text(of: blob) }
        }
        for case .blob(let name, let properties) in try await store.list(
            BlobQuery(includesMetadata: true, includesSnapshots: true)
        ).entries {
            sight.states[name.text, default: []].append(properties)
        }
        return sight
    }
}
