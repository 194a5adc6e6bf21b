import PostgresClient
import PostgresFormats
import SystemCalls
import TestSupport
import Testing

@Suite(
    "Dump and restore", .tags(.postgres), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct DumpAndRestoreTests {
    @Test("one database comes back as it was, and stock tools read its archive in every way")
    func one() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("one")
        let copies = ["a", "b", "c", "d"].map { name + $0 }
        try await withDatabases([name], in: cluster) {
            try await cluster.run("SELECT lo_from_bytea(0, 'large object')", in: name)
            try await withDatabases(copies, in: cluster, rows: 0) {
                for copy in copies { try await cluster.run("DROP TABLE item", in: copy) }
                try await Place.make { place in
                    let penstock = place.penstock(cluster)
                    try await penstock.run("dump", "-d", name, "--to", place.container, "--name", "first").expecting()
                    #expect(try await place.expectNothingHalfDone(cluster) == ["first"])
                    try await penstock.run("restore", place.container + "/first", "-d", copies[0], "--yes").expecting()
                    try await cluster.expectSame(name, copies[0])

                    let archive = try await place.download("first_database_\(name).sql")
                    let file = place.work + "/archive"
                    try Files.open(file, .create).write(archive.span)
                    let listing = try await cluster.program("pg_restore", ["-l", file]).expecting().text
                    #expect(listing.contains("TABLE DATA public item"))
                    #expect(listing.contains("BLOBS"))
                    try await cluster.program("pg_restore", ["-d", copies[1]], input: archive).expecting()
                    try await cluster.expectSame(name, copies[1])
                    try await cluster.program("pg_restore", ["-j2", "-d", copies[2], file]).expecting()
                    try await cluster.expectSame(name, copies[2])
                    try expectOffsets(in: archive)
                    try await penstock.run("restore", place.container, "--latest", "-d", copies[3], "--yes").expecting()
                    try await cluster.expectSame(name, copies[3])
                }
            }
        }
    }

    /// Expects that every entry with data says where it is, which pg_dump into a pipe cannot.
    private func expectOffsets(in archive: [UInt8]) throws {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(archive.span)
        let index = try indexer.finish()
        #expect(!index.members.isEmpty)
        for member in index.members {
            let state = index.contents[member.dumpID]?.dataState
            guard case .offset(let offset) = state else {
                Issue.record("\(String(describing: state)) of entry \(member.dumpID.rawValue)")
                continue
            }
            #expect(Int(offset) == member.offset)
        }
    }

    @Test("names that paths, shells and connection strings stumble over make the round trip")
    func oddNames() async throws {
        let cluster = try await PostgresCluster.shared()
        let names = ["a/b", "Ünï \"q\" x", "100%", "x_database_y", " lead", "new\nline", "tail.", "dbname=x 'y' \\"]
        try await withDatabases(names, in: cluster) {
            let copies = names.map { _ in PostgresCluster.uniqueName("odd") }
            try await withDatabases(copies, in: cluster, rows: 0) {
                for copy in copies { try await cluster.run("DROP TABLE item", in: copy) }
                try await Place.make { place in
                    let penstock = place.penstock(cluster)
                    var words = ["dump", "-d", "postgres", "--to", place.container + "/folder/", "--name", "odd"]
                    for name in names { words += ["-d", name] }
                    try await penstock.run(words).expecting()
                    words = ["restore", place.container + "/folder/odd", "--yes"]
                    for (name, copy) in zip(names, copies) {
                        words += ["--only", name, "--rename", "\(name)=\(copy)"]
                    }
                    try await penstock.run(words).expecting()
                    for (name, copy) in zip(names, copies) { try await cluster.expectSame(name, copy) }
                    for copy in copies { try await cluster.dropDatabase(copy) }
                    for name in names { try await cluster.dropDatabase(name) }
                    var all = ["restore", place.container + "/folder/odd", "--create", "--yes"]
                    for name in names { all += ["--only", name] }
                    try await penstock.run(all).expecting()
                    for name in names {
                        let count = try await cluster.value("SELECT count(*) FROM item", in: name)
                        #expect(count == "3", "rows of \(name)")
                    }
                }
            }
        }
    }

    @Test("what is asked for is restored, and nothing else")
    func choices() async throws {
        let cluster = try await PostgresCluster.shared()
        let names = (0..<3).map { _ in PostgresCluster.uniqueName("choice") }
        let copy = PostgresCluster.uniqueName("choice_copy")
        try await withDatabases(names, in: cluster) {
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                let point = place.container + "/set"
                let dumped = try await penstock.run(
                    "dump", "-d", names[0], "-d", names[1], "-d", names[2], "--to", place.container, "--name", "set",
                    "--json"
                ).expecting()
                #expect(try JSON(dumped.text).texts("databases") == names)
                let before = try await place.blobs()

                let plan = try await penstock.run(
                    "restore", point, "--only", names[1], "--create", "--rename", "\(names[1])=\(copy)", "--dry-run",
                    "--json"
                ).expecting()
                let step = try #require(try JSON(plan.text).list("databases").first)
                #expect(try (step.text("source"), step.text("target")) == (names[1], copy))
                #expect(try await !cluster.hasDatabase(copy))

                try await penstock.run(
                    "restore", point, "--only", names[1], "--create", "--rename", "\(names[1])=\(copy)", "--yes"
                ).expecting()
                try await cluster.expectSame(names[1], copy)

                try await penstock.run("restore", point, "--only", names[0], "-d", copy, "--yes")
                    .expectingRefusal(11, saying: copy, hint: "--clean")
                try await penstock.run("restore", point, "--only", names[0], "-d", copy, "--clean")
                    .expectingRefusal(2, saying: "--clean")
                try await cluster.run("DELETE FROM item WHERE id > 1", in: copy)
                let cleaned = try await penstock.run(
                    "restore", point, "--only", names[0], "-d", copy, "--clean", "--yes", "--json"
                ).expecting()
                #expect(try JSON(cleaned.text).text("type") == "restore")
                try await cluster.expectSame(names[0], copy)
                #expect(try await place.blobs() == before)
            }
        }
        try await cluster.dropDatabase(copy)
    }

    @Test("the newest recovery point, or the newest before a time, is found")
    func newest() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("newest")
        try await withDatabases([name], in: cluster) {
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                let dump = ["dump", "-d", name, "--to", place.container]
                try await penstock.run(dump + ["--name", "older"]).expecting()
                // Times are whole seconds in the marker.
                let taken = try JSON(await penstock.run("list", place.container, "--json").expecting().text).text(
                    "taken")
                try await eventually("the next second") {
                    try await cluster.value("SELECT now() >= $1::timestamptz + '1 s'", [taken]) == "t"
                }
                try await penstock.run(dump + ["--name", "newer"]).expecting()
                let listed = try await penstock.run("list", place.container, "--json").expecting().lines.map(JSON.init)
                #expect(try listed.map { try $0.text("name") } == ["newer", "older"])
                let restore = ["restore", place.container, "--clean", "--yes", "-d", name, "--dry-run", "--json"]
                let latest = try await penstock.run(restore + ["--latest"]).expecting()
                #expect(try JSON(latest.text).text("name") == "newer")
                let before = try await penstock.run(restore + ["--before", try listed[0].text("taken")]).expecting()
                #expect(try JSON(before.text).text("name") == "older")
                let unreached = try await penstock.run(restore.dropLast() + ["--before", taken])
                unreached.expectingRefusal(10, hint: "penstock list")
                try await penstock.run(restore.dropLast() + ["--before", "yesterday"]).expectingRefusal(
                    2, saying: "--before")
                let planned = try await penstock.run(dump + ["--dry-run", "--json"]).expecting()
                #expect(try JSON(planned.text).list("databases").map { try $0.text("name") } == [name])
                #expect(try await place.expectNothingHalfDone(cluster) == ["newer", "older"])
            }
        }
    }

    @Test("a directory store is used without a server")
    func directory() async throws {
        let cluster = try await PostgresCluster.shared()
        let (name, copy) = (PostgresCluster.uniqueName("file"), PostgresCluster.uniqueName("file_copy"))
        try await withDatabases([name], in: cluster) {
            try await withTemporaryDirectory(inMemory: true) { directory in
                let penstock = Penstock(environment: cluster.environment())
                let folder = "file://\(directory)/backups/folder"
                try await penstock.run("list", folder).expectingRefusal(10, hint: "--create-container")
                #expect(try Files.names(in: directory) == [])
                try await penstock.run("dump", "-d", name, "--to", folder, "--name", "p", "--create-container")
                    .expecting()
                try await penstock.run(
                    "restore", folder + "/p", "--create", "--rename", "\(name)=\(copy)", "--yes"
                ).expecting()
                try await cluster.expectSame(name, copy)
            }
        }
        try await cluster.dropDatabase(copy)
    }

    @Test("a whole server with a nasty database and its roles moves to another server")
    func wholeServer() async throws {
        let source = try await PostgresCluster.shared(.password, for: "a whole server")
        let target = try await PostgresCluster.shared()
        try await source.run("CREATE DATABASE nasty")
        try await source.program("pgbench", ["-i", "-q", "-s", "1"], database: "nasty").expecting()
        let script = Fixtures.packageRoot + "/fixtures/nasty-database.sql"
        try await source.program("psql", ["-X", "-q", "-f", script], database: "nasty").expecting()
        try await Place.make { place in
            let dumped = try await place.penstock(source).run(
                "dump", "--all-databases", "--to", place.container, "--name", "all", "--compress", "none", "--json"
            ).expecting()
            dumped.expectNoSecrets()
            let result = try JSON(dumped.text)
            #expect(try result.texts("databases") == ["nasty", "postgres"])
            #expect(try result.list("skipped").map { try $0.text("name") }.sorted() == ["template0", "template1"])
            let restored = try await place.penstock(target).run(
                "restore", place.container + "/all", "--only", "nasty", "--roles", "--create", "--yes", "--jobs", "4"
            ).expecting()
            restored.expectNoSecrets()
            try await source.expectSame("nasty", "nasty", in: target)
            // One table of it, into a database that has only the types it needs.
            try await target.run("CREATE DATABASE nasty_part")
            for name in ["citext", "hstore"] { try await target.run("CREATE EXTENSION \(name)", in: "nasty_part") }
            try await place.penstock(target).run(
                "restore", place.container + "/all", "--only", "nasty", "-d", "nasty_part", "-t", "Tàble 表", "--yes"
            ).expecting()
            let rows = #"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY "ïd")) FROM "Sché""ma ünï"."Tàble 表" t"#
            let expected = try await source.connected(to: "nasty") { try await $0.query(rows) }
            #expect(try await target.connected(to: "nasty_part") { try await $0.query(rows) } == expected)
            try await place.expectNothingLeft(in: ["nasty"], on: source)
        }
        try await target.dropDatabase("nasty_part")
        try await source.dropDatabase("nasty")
        try await target.dropDatabase("nasty")
    }

    @Test("a set of other origin is restored, be it a custom archive, a tar or SQL", arguments: ["c", "t", "p"])
    func foreign(format: String) async throws {
        let cluster = try await PostgresCluster.shared()
        let (name, copy) = (PostgresCluster.uniqueName("foreign"), PostgresCluster.uniqueName("foreign_copy"))
        try await withDatabases([name, copy], in: cluster) {
            try await cluster.run("DROP TABLE item", in: copy)
            try await Place.make { place in
                let archive = try await cluster.program("pg_dump", ["-F", format], database: name).expecting().output
                let roles = try await cluster.program("pg_dumpall", ["--roles-only"]).expecting().output
                try await place.upload(archive, to: "theirs_database_\(name).sql")
                try await place.upload(roles, to: "theirs_roles.sql")
                let listed = try await Penstock().run("list", place.container, "--json").expecting()
                #expect(try JSON(listed.text).text("state") == "foreign")
                let penstock = place.penstock(cluster)
                try await penstock.run("restore", place.container, "--latest", "--yes").expectingRefusal(10)
                try await penstock.run(
                    "restore", place.container + "/theirs", "-d", copy, "--roles", "--yes"
                ).expecting()
                try await cluster.expectSame(name, copy)
            }
        }
    }
    @Test(
        "errors of the scripts are counted, whatever language the server speaks",
        arguments: ["", "de"].filter {
            $0.isEmpty || PostgresCluster.speaks($0)
        })
    func scriptErrors(language: String) async throws {
        let cluster = try await PostgresCluster.alone(language: language)
        try await withDatabases(["scripts"], in: cluster, rows: 0) {
            try await cluster.run("DROP TABLE item", in: "scripts")
            try await Place.make { place in
                let archive = try await cluster.program("pg_dump", ["-Fc"], database: "scripts").expecting().output
                try await place.upload(archive, to: "theirs_database_scripts.sql")
                // The first is there, the third is granted twice, which is a notice of the same state.
                let script = """
                    CREATE ROLE postgres;
                    CREATE ROLE restored;
                    GRANT pg_monitor TO restored;
                    GRANT pg_monitor TO restored;
                    ALTER ROLE "nobody: x" LOGIN;
                    DROP ROLE IF EXISTS nobody;
                    ALTER ROLE restored NONSENSE;
                    ALTER ROLE postgres SET work_mem = '8MB';

                    """
                try await place.upload(Array(script.utf8), to: "theirs_roles.sql")
                let finished = try await place.penstock(cluster).run(
                    "restore", place.container + "/theirs", "-d", "scripts", "--roles", "--yes", "--json"
                ).expecting(3)
                let roles = try #require(try JSON(finished.text).list("parts").first)
                #expect(try roles.number("errors") == 2 && roles.texts("messages").count == 2, "\(finished.text)")
                if language == "de" { #expect(try roles.texts("messages")[0].contains("existiert nicht")) }
                // A role that exists gets what the script says of it.
                let settings = "SELECT count(*) FROM pg_db_role_setting WHERE setconfig = '{work_mem=8MB}'"
                #expect(try await cluster.value(settings) == "1")
            }
        }
    }
}
