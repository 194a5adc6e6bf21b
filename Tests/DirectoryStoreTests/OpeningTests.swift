import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import LocalIndex
import SystemCalls
import TestSupport
import Testing

@testable import DirectoryStore

@Suite("Opening a directory store")
struct OpeningTests {
    private func expectRefusal(_ kind: DirectoryStoreError.Kind, _ path: String, _ access: DirectoryAccount.Access)
        async
    {
        let error = await #expect(throws: DirectoryStoreError.self) { try await withStore(path, access) { _ in } }
        #expect(error?.kind == kind)
        #expect(error?.summary.contains(path) == true)
    }

    @Test("makes the directory and those above it")
    func makes() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(path + "/a/b/c") { _ in }
            #expect(Files.isDirectory(path + "/a/b/c/data"))
        }
    }

    @Test("waits until the name of each directory that it makes is on the disk")
    func durableNames() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let root = path + "/a/b/c"
            let files = PieceFiles(layout: DirectoryLayout(root: root), probe: { _ in })
            var synchronized: [String] = []
            _ = try OpenedDirectory(files: files, access: .exclusive, now: Date()) { directory in
                #expect(Files.isDirectory(directory))
                synchronized.append(directory)
            }
            #expect(Set(synchronized) == [path + "/a/..", path + "/a/b/..", root + "/..", root])
        }
    }

    @Test("lets nobody else read what it makes, even where the directory was there before and is open to all")
    func permissions() async throws {
        try await withTemporaryDirectory { path in
            try Files.makeDirectory(path + "/open", permissions: 0o755)
            try await withStore(path + "/open") { account in
                _ = try await account.create(ContainerName("box"), metadata: [:])
                for name in try Files.names(in: path + "/open") {
                    #expect(try Files.permissions(of: "\(path)/open/\(name)") & 0o077 == 0, "\(name)")
                }
            }
        }
    }

    @Test(
        "does not believe numbers of the index that make no sense",
        arguments: [
            "size = -1", "size = 2", "start = -1", "start = 9223372036854775807",
            "position = 1",
        ])
    func absurdIndex(change: String) async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let container = try ContainerName("box")
            try await withStore(path) { account in
                _ = try await account.create(container, metadata: [:])
                try await account.store(of: container).put("text", to: BlobName("a"))
            }
            do {
                var index = try IndexConnection(path: path + "/index.sqlite", mode: .update)
                try index.execute("UPDATE block SET \(change)")
            }
            try await withStore(path) { account in
                await expect(.corrupt) { _ = try await account.store(of: container).text(of: BlobName("a")) }
            }
        }
    }

    @Test("lets one server in, or any number of commands, but not both")
    func locks() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(path, .exclusive) { _ in
                await expectRefusal(.inUse, path, .exclusive)
                await expectRefusal(.inUse, path, .shared)
            }
            try await withStore(path, .shared) { _ in
                try await withStore(path, .shared) { _ in await expectRefusal(.inUse, path, .exclusive) }
            }
            try await withStore(path, .exclusive) { _ in }
        }
    }

    @Test("lets several commands write to one directory at once")
    func shared() async throws {
        try await withTemporaryDirectory { path in
            let container = try ContainerName("backups")
            try await withStore(path, .shared) { first in
                _ = try await first.create(container, metadata: [:])
                try await withStore(path, .shared) { second in
                    try await withThrowingDiscardingTaskGroup { group in
                        for (offset, account) in [first, second].enumerated() {
                            group.addTask {
                                for number in 0..<20 {
                                    let text = String(repeating: "\(offset)", count: 1 + number * 1500)
                                    try await account.store(of: container).put(
                                        text, to: BlobName("\(offset)-\(number)"))
                                }
                            }
                        }
                    }
                    for account in [first, second] {
                        #expect(try await account.store(of: container).list(BlobQuery()).entries.count == 40)
                        #expect(try await account.store(of: container).text(of: BlobName("1-19")).utf8.count == 28_501)
                    }
                }
            }
        }
    }

    /// Opens the store a second time between its pieces.
    private struct InterruptedSource: ByteSource {
        let path: String
        var left = 300_000

        mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
            try await withStore(path, .shared) { _ in }
            let count = min(left, 100_000, buffer.freeCapacity)
            buffer.append(copying: [UInt8](repeating: 1, count: count).span)
            left -= count
        }
    }

    @Test("leaves alone what a living process has begun and not finished")
    func living() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(path, .shared) { account in
                let container = try ContainerName("backups")
                _ = try await account.create(container, metadata: [:])
                let store = account.store(of: container)
                var source = InterruptedSource(path: path)
                try await store.stage(&source, length: 300_000, as: block("1"), of: BlobName("a"))
                try await store.commit([block("1")], to: BlobName("a"))
                #expect(try await store.text(of: BlobName("a")).utf8.count == 300_000)
            }
        }
    }

    @Test("refuses a directory that holds something else")
    func foreign() async throws {
        try await withTemporaryDirectory { path in
            try Files.open(path + "/somebody's.txt", .create).write([1].span)
            await expectRefusal(.notAStore, path, .shared)
            #expect(try Files.names(in: path) == ["somebody's.txt"])
        }
    }

    @Test("refuses somebody else's database")
    func foreignIndex() async throws {
        try await withTemporaryDirectory { path in
            do {
                var index = try IndexConnection(path: path + "/index.sqlite", mode: .create)
                try index.execute("CREATE TABLE theirs (x)")
            }
            await expectRefusal(.notAStore, path, .shared)
        }
    }

    @Test("refuses a newer format")
    func newer() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(path) { _ in }
            do {
                var index = try IndexConnection(path: path + "/index.sqlite", mode: .update)
                try index.execute("PRAGMA user_version = 3")
            }
            await expectRefusal(.newerFormat, path, .exclusive)
        }
    }

    @Test("takes over a store of format 1, with what is in it")
    func older() async throws {
        try await withTemporaryDirectory { path in
            let (name, blob) = (try ContainerName("kept"), try BlobName("blob"))
            try await withStore(path) { account in
                _ = try await account.create(name, metadata: ["a": "b"])
                try await account.store(of: name).put("bytes", to: blob)
            }
            do {
                var index = try IndexConnection(path: path + "/index.sqlite", mode: .update)
                for name in ["snapshot", "copying"] { try index.execute("DROP INDEX revision_\(name)") }
                for (table, columns) in [
                    "container": ["access", "policies", "lease_id", "lease_seconds", "lease_end", "lease_broken"],
                    "blob": ["lease_id", "lease_seconds", "lease_end", "lease_broken"],
                    "revision": ["kind", "tier", "tier_changed", "tags", "copy", "snapshot", "sealed", "appended"],
                ] {
                    for column in columns { try index.execute("ALTER TABLE \(table) DROP COLUMN \(column)") }
                }
                try index.execute("PRAGMA user_version = 1")
            }
            try await withStore(path) { account in
                let store = account.store(of: name)
                let text = try await store.text(of: blob)
                #expect(text == "bytes")
                let metadata = try await store.containerProperties().metadata
                #expect(metadata == ["a": "b"])
                let state = try await store.properties(of: blob, if: .always).service
                #expect(state == ServiceState())
            }
        }
    }

    @Test("says that a damaged index is damaged, and what to do")
    func damaged() async throws {
        try await withTemporaryDirectory { path in
            try await withStore(path) { _ in }
            try Files.open(path + "/index.sqlite", .replace).write([UInt8](repeating: 0x5A, count: 8192).span)
            await expectRefusal(.corrupt, path, .shared)
            #expect(DirectoryStoreError(.corrupt, path: path).remedy?.contains("directory-store.md") == true)
        }
    }

    @Test("refuses a path that is a file")
    func file() async throws {
        try await withTemporaryDirectory { path in
            _ = try Files.open(path + "/file", .create)
            await expectRefusal(.unusable, path + "/file", .shared)
        }
    }

    @Test("goes on where making the store was interrupted")
    func interrupted() async throws {
        try await withTemporaryDirectory { path in
            try Files.makeDirectory(path + "/data")
            _ = try Files.open(path + "/lock", .create)
            _ = try Files.open(path + "/index.sqlite", .create)
            try await withStore(path) { account in _ = try await account.create(ContainerName("abc"), metadata: [:]) }
            #expect(try Files.names(in: path + "/data").count == 256)
        }
    }
}
