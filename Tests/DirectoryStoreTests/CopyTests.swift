import BlobStorage
import ByteStreams
import FoundationEssentials
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@testable import DirectoryStore

@Suite("Copies of the directory store")
struct CopyTests {
    private static let box = "box"

    @Test("keep the contract of copies", arguments: CopyContract.cases)
    func contract(_ sentence: CopyContract.Case) async throws {
        try await withFreshStore { try await sentence.run($0) }
    }

    @Test("take no more space, and give it back with the last of them", arguments: [true, false])
    func space(sourceFirst: Bool) async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            try await withStore(path) { account in
                let store = try await Self.copied(account)
                await account.finishCleaning()
                #expect(try dataFiles(path).count == 1)
                let (first, last) = sourceFirst ? ("source", "a") : ("a", "source")
                try await store.delete(BlobName(first), if: .always)
                await account.finishCleaning()
                #expect(try dataFiles(path).count == 1)
                #expect(try await store.text(of: BlobName(last)).utf8.count == 100_000)
                try await store.delete(BlobName(last), if: .always)
                await account.finishCleaning()
                #expect(try dataFiles(path).isEmpty)
            }
        }
    }

    @Test("keep the whole piece of which a block is a part, as long as they need it")
    func part() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            try await withStore(path) { account in
                let store = try await Self.copied(account)
                _ = try await store.stage(
                    from: Self.source(), range: ByteRange(10..<20), as: block("1"), of: BlobName("b"), showing: nil)
                for name in ["source", "a"] { try await store.delete(BlobName(name), if: .always) }
                await account.finishCleaning()
                #expect(try dataFiles(path).count == 1)
                try await store.commit([block("1")], to: BlobName("b"))
                #expect(try await store.text(of: BlobName("b")) == String(repeating: "x", count: 10))
                try await store.delete(BlobName("b"), if: .always)
                await account.finishCleaning()
                #expect(try dataFiles(path).isEmpty)
            }
        }
    }

    @Test("that were pending when the server was killed have failed when the directory is opened again")
    func orphaned() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let name = try BlobName("pending")
            try await withStore(path) { account in
                let store = try await Self.copied(account)
                var nothing = MemorySource([])
                let pending = CopyState(id: "c1", source: "http://h/a", status: .pending, done: 5, total: 10)
                _ = try await store.putCopy(
                    &nothing, length: 0, to: name, attributes: BlobAttributes(), state: pending, if: .always)
            }
            try await withStore(path, .shared) { account in
                let store = account.store(of: try ContainerName(Self.box))
                #expect(try await store.properties(of: name, if: .always).service.copy?.status == .pending)
            }
            try await withStore(path) { account in
                let store = account.store(of: try ContainerName(Self.box))
                let copy = try #require(await store.properties(of: name, if: .always).service.copy)
                #expect(copy.status == .failed && copy.done == 5 && copy.completed != nil)
                #expect(copy.detail == CopyState.serverEnded)
                try await store.put("usable", to: name)
                #expect(try await store.properties(of: BlobName("a"), if: .always).service.copy?.status == .success)
            }
        }
    }

    private static func source() throws -> CopySource {
        CopySource(container: try ContainerName(box), blob: try BlobName("source"), snapshot: nil, condition: .always)
    }

    /// A store with a blob `source` and its copy `a`.
    private static func copied(_ account: DirectoryAccount) async throws -> any CopyingStore {
        _ = try await account.create(ContainerName(box), metadata: [:])
        let store = try #require(account.store(of: ContainerName(box)) as? any CopyingStore)
        try await store.put(String(repeating: "x", count: 100_000), to: BlobName("source"))
        _ = try await store.copy(from: source(), to: BlobName("a"), if: .always) { found in
            CopyDescription(
                attributes: found.attributes, keepsBlocks: true,
                state: CopyState(id: "c0", source: "", status: .success, done: found.size, total: found.size))
        }
        return store
    }
}
