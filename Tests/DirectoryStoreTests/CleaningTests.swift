import BlobStorage
import ByteStreams
import FoundationEssentials
import LocalIndex
import Synchronization
import SystemCalls
import TestSupport
import Testing

@testable import DirectoryStore

/// What the store gives back behind its answers.
@Suite("The cleaning of a directory store", .timeLimit(.minutes(2)))
struct CleaningTests {
    static let large = [UInt8](repeating: 1, count: 20_000)

    private func withStore(
        _ path: String, tick: Duration = .seconds(600), clock: @escaping @Sendable () -> Date = { Date() },
        probe: @escaping @Sendable (StoreStep) -> Void = { _ in },
        _ body: (DirectoryAccount, any BlobStore) async throws -> Void
    ) async throws {
        try await withResource {
            try await DirectoryAccount.open(
                path: path, access: .exclusive, clock: clock, random: { 1 }, limits: .service, tick: tick, probe: probe)
        } release: { account in
            try await account.close()
        } body: { account in
            let container = try ContainerName("box")
            _ = try? await account.create(container, metadata: [:])
            try await body(account, account.store(of: container))
        }
    }

    private func put(_ names: Range<Int>, _ bytes: [UInt8], in store: any BlobStore) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for name in names {
                group.addTask {
                    _ = try await store.put(
                        bytes.span, to: BlobName("\(name)"), attributes: BlobAttributes(), if: .always)
                }
            }
        }
    }

    @Test("does not keep answers waiting: deletions, replacements and commits, however long files take to go")
    func answers() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let open = Monitor(false)
            let probe: @Sendable (StoreStep) -> Void = { step in
                // Not for ever, so that a failure is not also a hang.
                if step == .removing { open.wait(atMost: .seconds(20)) { $0 ? () : nil } }
            }
            try await withStore(path, probe: probe) { account, store in
                try await put(0..<4, Self.large, in: store)
                try await store.delete(BlobName("0"), if: .always)
                try await store.put("small", to: BlobName("1"))
                try await store.stage([1].span, as: block("1"), of: BlobName("2"))
                try await store.commit([block("1")], to: BlobName("2"))
                try await account.delete(store.container, if: .always)
                #expect(try dataFiles(path).count == 4)
                open.update { $0 = true }
                await account.finishCleaning()
                #expect(try dataFiles(path) == [])
            }
        }
    }

    @Test("goes on at the next opening where closing did not wait for it")
    func closing() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let stuck = Monitor(false)
            let probe: @Sendable (StoreStep) -> Void = { step in
                // Longer than closing waits, once; the rest is left.
                if step == .removing { stuck.wait(atMost: .seconds(3)) { $0 ? () : nil } }
            }
            try await withStore(path, probe: probe) { account, store in
                try await put(0..<8, Self.large, in: store)
                try await store.delete(BlobName("0"), if: .always)
                try await account.delete(store.container, if: .always)
            }
            #expect(try dataFiles(path).count >= 7)
            try await withStore(path) { account, _ in await account.finishCleaning() }
            #expect(try dataFiles(path) == [])
            #expect(try await DirectoryCheck.run(path: path).findings == [])
        }
    }

    @Test("drops all uncommitted blocks of a week ago, however many names have some, with nobody writing")
    func weekOld() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let now = Mutex(Date(timeIntervalSince1970: 1_700_000_000))
            try await withStore(path, tick: .milliseconds(20), clock: { now.withLock { $0 } }) { account, store in
                try await withThrowingDiscardingTaskGroup { group in
                    for name in 0..<350 {
                        group.addTask { try await store.stage([1].span, as: block("1"), of: BlobName("\(name)")) }
                    }
                }
                await account.finishCleaning()
                let query = BlobQuery(includesUncommitted: true)
                #expect(try await store.list(query).entries.count == 350)
                now.withLock { $0 += 8 * 24 * 3600 }
                // Nothing but the time has changed: the store must see that by itself, all in one look.
                let limit = ContinuousClock.now + .seconds(60)
                while try await !store.list(query).entries.isEmpty, ContinuousClock.now < limit {
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(try await store.list(query).entries.isEmpty)
            }
        }
    }

    /// A folder that cannot be synchronized after a file in it went, and before that is on the disk.
    private final class BlockedFolder: Sendable {
        let path = Mutex<String?>(nil)

        func probe(_ step: StoreStep) {
            guard step == .removed, let path = path.withLock({ $0 }) else { return }
            try? Files.rename(path, to: path + "-away")
            _ = try? Files.open(path, .create)
        }

        func unblock() throws {
            guard let path = path.withLock({ $0.take() }) else { return }
            try Files.remove(path)
            try Files.rename(path + "-away", to: path)
        }
    }

    private static func count(_ table: String, _ path: String) throws -> Int? {
        var index = try IndexConnection(path: path + "/index.sqlite", mode: .read)
        return try index.first("SELECT count(*) FROM \(table)") { $0.integer(0) }
    }

    @Test("does not forget a file of which it is not sure that it is gone for good")
    func folders() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let folder = BlockedFolder()
            try await withStore(path, probe: folder.probe) { account, store in
                try await put(0..<1, Self.large, in: store)
                let file = try #require(try dataFiles(path).first)
                folder.path.withLock { $0 = "\(path)/data/\(file.suffix(2))" }
                try await store.delete(BlobName("0"), if: .always)
                await account.finishCleaning()
                #expect(try Self.count("trash", path) == 1)
                try folder.unblock()
            }
            try await withStore(path) { account, _ in await account.finishCleaning() }
            #expect(try Self.count("trash", path) == 0)
        }
    }

    @Test("does not forget what a dead process has begun before it is sure that it is gone for good")
    func clearedAway() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            try await withStore(path) { _, _ in }
            do {
                var index = try IndexConnection(path: path + "/index.sqlite", mode: .update)
                try index.execute(
                    """
                    INSERT INTO session (id, opened) VALUES (77, 0);
                    INSERT INTO reservation (first, count, session) VALUES (513, 256, 77);
                    UPDATE counter SET value = 1000;
                    """)
            }
            let folder = BlockedFolder()
            _ = try Files.open("\(path)/data/01/0000000000000201", .create)
            folder.path.withLock { $0 = "\(path)/data/01" }
            try await withStore(path, probe: folder.probe) { _, _ in }
            #expect(try Self.count("reservation", path) == 1)
            try folder.unblock()
            #expect(try dataFiles(path) == [])
            try await withStore(path) { _, _ in }
            #expect(try Self.count("reservation", path) == 0)
        }
    }

    @Test(
        "gives back the space of small blobs, which lie in the index, and keeps the others whole",
        arguments: [true, false])
    func smallBlobs(container: Bool) async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            func size() throws -> Int { try Files.open(path + "/index.sqlite", .read).size() }
            let bytes = [UInt8](repeating: 7, count: 16 << 10)
            try await withStore(path) { account, store in
                try await put(0..<1500, bytes, in: store)
                let other = account.store(of: try ContainerName("other"))
                _ = try await account.create(ContainerName("other"), metadata: [:])
                try await put(0..<50, bytes, in: other)
                try account.readers.checkpoint()
                let full = try size()
                #expect(full > 1500 * bytes.count)
                if container {
                    try await account.delete(store.container, if: .always)
                } else {
                    try await withThrowingDiscardingTaskGroup { group in
                        for name in 0..<1500 {
                            group.addTask { try await store.delete(BlobName("\(name)"), if: .always) }
                        }
                    }
                }
                await account.finishCleaning()
                #expect(try size() < full / 4)
                for name in 0..<50 {
                    let text = try await other.text(of: BlobName("\(name)"))
                    #expect(text.utf8.elementsEqual(bytes))
                }
            }
            #expect(try await DirectoryCheck.run(path: path).findings == [])
        }
    }
}
