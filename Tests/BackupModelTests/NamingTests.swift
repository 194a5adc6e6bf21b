import BackupModel
import BlobStorage
import FoundationEssentials
import Testing

@Suite("Names of recovery points and their blobs")
struct NamingTests {
    @Test(
        "a name that would make its blobs unreadable is refused",
        arguments: [
            "", "a_database_b", "x_roles", "x_schemas", "x_tablespaces", "x_manifest", "x_timestamp", "x_database",
            "a/b", "a\\b",
            "50%", "tab\tname", ".hidden", "end.", " a", String(repeating: "n", count: 201),
        ])
    func refused(name: String) {
        #expect(throws: RecoveryPointNameError.self) { try RecoveryPointName(name) }
    }

    @Test(
        "the default name holds host and time",
        arguments: [
            ("db.example.org", "db.example.org_20260131T020304Z"),
            ("/run/postgresql", "run-postgresql_20260131T020304Z"),
            ("", "server_20260131T020304Z"), ("ünï", "n-_20260131T020304Z"),
        ])
    func standard(server: String, expected: String) throws {
        let time = try Date("2026-01-31T02:03:04Z", strategy: .iso8601)
        let name = RecoveryPointName.standard(server: server, at: time)
        #expect(name.text == expected)
        #expect(try RecoveryPointName(name.text) == name)
    }

    static let databases = [
        "app", "Ünï dätabase 表", "a/b", "a\\b", "100%", "%41", ".hidden", "end.", " lead", "trail ", "tab\there",
        "new\nline", "x_database_y", "a.b", "..", "quote\"'`$(x)", "postgres://host/db?x=1",
        "\u{301}begins with a combining mark", "ends before one that joins\u{600}",
    ]

    @Test("every database name comes back from its blob name", arguments: databases, ["", "folder/", "a/b/"])
    func databaseRoundTrip(database: String, prefix: String) throws {
        let layout = SetLayout(path: prefix)
        let name = try RecoveryPointName("nightly_20260131")
        let blob = try layout.blob(of: .database(database), of: name)
        #expect(blob.text.dropFirst(prefix.count).contains("/") == false)
        let part = try #require(layout.part(of: blob))
        #expect(part.name == name)
        #expect(part.part == .database(database))
    }

    @Test(
        "files of a directory are found by the name of their database", arguments: Self.databases,
        ["", "folder/"])
    func directoryRoundTrip(database: String, prefix: String) throws {
        let layout = SetLayout(path: prefix)
        let name = try RecoveryPointName("nightly_20260131")
        for file in ["toc.dat", "3384.dat.gz", "blobs.toc", "blob_4000000001.dat"] {
            let part = SetLayout.Part.directoryFile(database: database, name: file)
            let blob = try layout.blob(of: part, of: name)
            #expect(blob.text.dropFirst(prefix.count).split(separator: "/").count == 2)
            let found = try #require(layout.part(of: blob))
            #expect(found.name == name && found.part == part)
            let folder = try #require(layout.directory(of: String(blob.text.dropLast(file.count))))
            #expect(folder.name == name && folder.database == database)
        }
    }

    @Test(
        "what only looks like a directory's file is none",
        arguments: [
            "n_database_x.dir/other.txt", "n_database_x.dir/a/toc.dat", "n_database_.dir/toc.dat",
            "n_database_x/toc.dat", "n_roles.dir/toc.dat", "n_database_x.sql/toc.dat", "n_database_x.dir/3.dat.bz2",
        ])
    func noDirectory(text: String) throws {
        let layout = SetLayout(path: "folder")
        #expect(layout.part(of: try BlobName("folder/" + text)) == nil)
        #expect(layout.part(of: try BlobName(text)) == nil)
        #expect(layout.directory(of: "n_database_x.dir/") == nil)
        #expect(layout.directory(of: "folder/n_database_x.dir") == nil)
        #expect(layout.directory(of: "folder/n_roles.dir/") == nil)
    }

    @Test(
        "every part of a set belongs to its name, however odd that is",
        arguments: ["n", "a_b", "\u{301}x", "x\u{600}", "x_", "_database", "database", "ä: b"])
    func sets(text: String) throws {
        guard let name = try? RecoveryPointName(text) else { return #expect(text == "_database") }
        let layout = SetLayout(path: "folder")
        let parts: [SetLayout.Part] = [.roles, .tablespaces, .schemas, .manifest, .marker, .database("roles")]
        for part in parts {
            let found = layout.part(of: try layout.blob(of: part, of: name))
            #expect(found?.name == name)
            #expect(found?.part == part)
        }
    }

    @Test("names that only look alike are two names")
    func canonicalEquivalence() throws {
        let (composed, decomposed) = (try RecoveryPointName("\u{E9}"), try RecoveryPointName("e\u{301}"))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect((composed < decomposed) != (decomposed < composed))
    }

    @Test("different databases never share a blob name")
    func distinct() {
        let names = Self.databases + ["%20lead", "a%2Fb", "A"]
        #expect(Set(names.map(DatabaseFileName.encode)).count == names.count)
    }

    @Test(
        "every part is found again, and nothing else is",
        arguments: [
            SetLayout.Part.roles, .tablespaces, .schemas, .manifest, .marker,
        ])
    func parts(part: SetLayout.Part) throws {
        let layout = SetLayout(path: "/backups/")
        let name = try RecoveryPointName("a_b")
        let blob = try layout.blob(of: part, of: name)
        #expect(layout.part(of: blob)?.part == part)
        for other in ["backups/a_b_other.sql", "a_b_roles.sql", "backups/deep/a_b_roles.sql", "backups/_roles.sql"] {
            let blob = try BlobName(other)
            #expect(layout.part(of: blob) == nil)
        }
    }
}
