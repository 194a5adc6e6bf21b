import BlobStorage
import DirectoryStore
import FoundationEssentials
import LocalIndex
import SystemCalls
import TestSupport
import Testing

/// What each kind of damage is done by, and what is found of it.
struct Damage: Sendable, CustomTestStringConvertible {
    let kind: DirectoryFinding.Kind
    let subject: String
    let exact: Bool
    let change: @Sendable (String) throws -> Void
    var testDescription: String { kind.rawValue + " " + subject }

    /// - Parameter exact: True if nothing else is found.
    init(
        _ kind: DirectoryFinding.Kind, _ subject: String, exact: Bool = true,
        _ change: @escaping @Sendable (String) throws -> Void
    ) {
        (self.kind, self.subject, self.exact, self.change) = (kind, subject, exact, change)
    }

    /// Damage by statements of SQL.
    init(_ kind: DirectoryFinding.Kind, _ subject: String, exact: Bool = true, _ script: String) {
        self.init(kind, subject, exact: exact) { path in
            var connection = try IndexConnection(path: path + "/index.sqlite", mode: .update)
            try connection.execute("PRAGMA foreign_keys = OFF; " + script)
        }
    }

    /// The file of the large blob.
    static func file(_ path: String) throws -> String {
        let file = try dataFiles(path).sorted().first ?? ""
        return "\(path)/data/\(file.suffix(2))/\(file)"
    }

    static let all: [Damage] = [
        Damage(.fileMissing, "box/large") { try Files.remove(file($0)) },
        Damage(.fileSize, "box/large") { try Files.open(file($0), .update).resize(to: 19_999) },
        Damage(.folderMissing, "data/ff") { try Files.removeTree($0 + "/data/ff") },
        Damage(.orphanFile, "data/ee/00000000000fffee") {
            _ = try Files.open($0 + "/data/ee/00000000000fffee", .create)
        },
        Damage(.strayFile, "data/ee/notes") { _ = try Files.open($0 + "/data/ee/notes", .create) },
        Damage(.strayFile, "data/ee/0000000000000001") {
            _ = try Files.open($0 + "/data/ee/0000000000000001", .create)
        },
        Damage(.indexDamaged, "index.sqlite") { path in
            let index = try Files.open(path + "/index.sqlite", .update)
            try index.write([UInt8](repeating: 0x5A, count: 4096 * 3).span, at: 4096)
        },
        Damage(.indexDamaged, "index.sqlite") { path in
            try Files.open(path + "/index.sqlite", .replace).write([UInt8](repeating: 1, count: 9000).span)
        },
        Damage(.gap, "box/small", "UPDATE revision SET size = 6 WHERE size = 5"),
        Damage(.gap, "box/parts", "UPDATE block SET position = 4 WHERE position = 3"),
        Damage(.gap, "box/parts", exact: false, "DELETE FROM block WHERE position = 3"),
        Damage(.outside, "box/parts", "UPDATE block SET start = 2 WHERE position = 3"),
        Damage(.outside, "box/open", "UPDATE staged SET size = 7"),
        Damage(.stagedCount, "box/open", "UPDATE blob SET staged = 2 WHERE name = 'open'"),
        Damage(
            .contentSize, "piece 3",
            "UPDATE piece SET content = x'00' WHERE id = 3"),
        Damage(.badReference, "index.sqlite", exact: false, "DELETE FROM piece WHERE id = 3"),
        Damage(.badReference, "box/small", exact: false, "DELETE FROM piece WHERE size = 5"),
        Damage(.badReference, "box/small", exact: false, "UPDATE blob SET current = 999 WHERE name = 'small'"),
        Damage(
            .badReference, "box/small", exact: false,
            "UPDATE blob SET current = (SELECT current FROM blob WHERE name = 'large') WHERE name = 'small'"),
        Damage(.unusedRevision, "box/small", exact: false, "UPDATE blob SET current = NULL WHERE name = 'small'"),
        Damage(.emptyName, "box/none", "INSERT INTO blob (container, name) VALUES (1, 'none')"),
        Damage(.unusedPiece, "piece 200", "INSERT INTO piece (id, size, content) VALUES (200, 1, x'00')"),
        Damage(.trashInUse, "piece 3", "INSERT INTO trash (piece) VALUES (3)"),
        Damage(.counter, "piece 5", "UPDATE counter SET value = 5 WHERE name = 'piece'"),
    ]
}

@Suite("Looking for damage in a directory")
struct CheckTests {
    /// A store with a blob in a file, one in the index, one of two blocks, and an uncommitted block.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            try await withStore(path) { account in
                let box = try ContainerName("box")
                _ = try await account.create(box, metadata: [:])
                let store = account.store(of: box)
                try await store.put(String(repeating: "x", count: 20_000), to: BlobName("large"))
                try await store.put("small", to: BlobName("small"))
                try await store.stage(Array("abc".utf8).span, as: block("1"), of: BlobName("parts"))
                try await store.stage(Array("de".utf8).span, as: block("2"), of: BlobName("parts"))
                try await store.commit([block("1"), block("2")], to: BlobName("parts"))
                try await store.stage(Array("open".utf8).span, as: block("1"), of: BlobName("open"))
            }
            try await body(path)
        }
    }

    @Test("finds nothing in a sound one, and changes nothing of it")
    func sound() async throws {
        try await withDirectory { path in
            let check = try await DirectoryCheck.run(path: path)
            #expect(check.findings == [])
            #expect(check.blobs == 3 && check.pieces == 5 && check.bytes == 20_014)
            try await withStore(path) { account in
                let store = account.store(of: try ContainerName("box"))
                #expect(try await store.text(of: BlobName("parts")) == "abcde")
            }
            #expect(try await DirectoryCheck.run(path: path).findings == [])
        }
    }

    @Test("finds damage of each kind by the name of what it befell", arguments: Damage.all)
    func damaged(_ damage: Damage) async throws {
        try await withDirectory { path in
            try damage.change(path)
            for _ in 0..<2 {
                let findings = try await DirectoryCheck.run(path: path).findings
                #expect(findings.contains { $0.kind == damage.kind && $0.subject == damage.subject }, "\(findings)")
                if damage.exact { #expect(Set(findings.map(\.kind)) == [damage.kind], "\(findings)") }
                #expect(findings.allSatisfy { $0.severity != .leftover && !$0.remedy.isEmpty })
            }
        }
    }

    @Test("knows every kind there is")
    func kinds() {
        let left: Set<DirectoryFinding.Kind> = [.leftoverFile, .deletedContainer]
        #expect(Set(Damage.all.map(\.kind)).union(left) == Set(DirectoryFinding.Kind.allCases))
    }

    @Test("tells what a crash leaves from damage, and serving removes it")
    func leftovers() async throws {
        try await withDirectory { path in
            var connection = try IndexConnection(path: path + "/index.sqlite", mode: .update)
            try connection.execute(
                """
                INSERT INTO session (id, opened) VALUES (77, 0);
                INSERT INTO reservation (first, count, session) VALUES (513, 256, 77);
                UPDATE counter SET value = 1000; INSERT INTO trash (piece) VALUES (300);
                INSERT INTO container (tag, modified, created, metadata) VALUES ('', 0, 0, '{}');
                """)
            for number in ["01/0000000000000201", "2c/000000000000012c"] {
                _ = try Files.open("\(path)/data/\(number)", .create)
            }
            let check = try await DirectoryCheck.run(path: path)
            #expect(check.findings.map(\.kind) == [.deletedContainer, .leftoverFile, .leftoverFile])
            #expect(check.count(.leftover) == 3 && check.count(.damage) == 0 && check.count(.waste) == 0)
            #expect(try dataFiles(path).count == 3)
            try await withStore(path) { _ in }
            #expect(try await DirectoryCheck.run(path: path).findings == [])
            #expect(try dataFiles(path).count == 1)
        }
    }

    @Test("refuses a directory that is in use, is no store, or is not there")
    func refused() async throws {
        try await withDirectory { path in
            func kind(_ path: String) async -> DirectoryStoreError.Kind? {
                await #expect(throws: DirectoryStoreError.self) { try await DirectoryCheck.run(path: path) }?.kind
            }
            for access in [DirectoryAccount.Access.exclusive, .shared] {
                try await withStore(path, access) { _ in #expect(await kind(path) == .inUse) }
            }
            #expect(await kind(path + "/data") == .missing)
            #expect(await kind(path + "/none") == .missing)
            var connection = try IndexConnection(path: path + "/index.sqlite", mode: .update)
            try connection.execute("PRAGMA user_version = 99")
            #expect(await kind(path) == .newerFormat)
            try connection.execute("PRAGMA application_id = 1")
            #expect(await kind(path) == .notAStore)
        }
    }
}
