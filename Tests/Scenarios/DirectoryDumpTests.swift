import Glibc
import PostgresClient
import SystemCalls
import TestSupport
import Testing

@Suite(
    "Dumps as directories", .tags(.postgres), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct DirectoryDumpTests {
    /// Downloads the blobs of a directory into a directory, as any tool would.
    private func download(_ prefix: String, of place: Place, into directory: String) async throws -> [String] {
        try Files.makeDirectory(directory)
        let blobs = try await place.blobs().keys.filter { $0.hasPrefix(prefix) }
        for blob in blobs {
            let bytes = try await place.download(blob)
            try Files.open("\(directory)/\(blob.dropFirst(prefix.count))", .create).write(bytes.span)
        }
        return blobs.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    @Test(
        "of a nasty database are what pg_dump -Fd writes, and go back by pg_restore -j and by restore",
        arguments: ["deflate", "none"])
    func nasty(compress: String) async throws {
        let cluster = try await PostgresCluster.shared(for: "a nasty directory, \(compress)")
        let copies = ["by_stock", "by_one", "by_two", "by_create"]
        for name in ["nasty"] + copies.dropLast() { try await cluster.run("CREATE DATABASE \(name)") }
        try await cluster.program("pgbench", ["-i", "-q", "-s", "1"], database: "nasty").expecting()
        // As nasty, but with a tenth of the bytes.
        let script = try String(
            decoding: Files.contents(of: Fixtures.packageRoot + "/fixtures/nasty-database.sql"), as: UTF8.self
        ).replacing("generate_series(1,2000) g", with: "generate_series(1,100) g").replacing("000000)", with: "00000)")
        try await cluster.program("psql", ["-X", "-q", "-f", "-"], database: "nasty", input: Array(script.utf8))
            .expecting()
        try await Place.make { place in
            let penstock = place.penstock(cluster)
            let set = place.container + "/n"
            try await penstock.run(
                "dump", "-d", "nasty", "--to", place.container, "--name", "n", "--format", "directory", "--compress",
                compress
            ).expecting()
            let plain = place.work + "/plain"
            let names = try await download("n_database_nasty.dir/", of: place, into: plain)
            let stock = place.work + "/stock"
            let level = compress == "none" ? "0" : "3"
            try await cluster.program("pg_dump", ["-Fd", "-Z", level, "-f", stock], database: "nasty").expecting()
            #expect(try Files.names(in: stock).sorted() == names)
            // But for the time in its header.
            let tables = try [plain, stock].map { try Files.contents(of: $0 + "/toc.dat") }
            #expect(
                tables[0].enumerated().filter { !(16..<51).contains($0.offset) }.map(\.element)
                    == tables[1].enumerated().filter { !(16..<51).contains($0.offset) }.map(\.element))
            try await cluster.program("pg_restore", ["-Fd", "-j", "2", "-d", "by_stock", plain]).expecting()
            try await cluster.expectSame("nasty", "by_stock")
            try await penstock.run("restore", set, "-d", "by_one", "--jobs", "1", "--yes").expecting()
            try await cluster.expectSame("nasty", "by_one")
            try await penstock.run("restore", set, "-d", "by_two", "--jobs", "2", "--yes").expecting()
            try await cluster.expectSame("nasty", "by_two")
            try await penstock.run("restore", set, "--create", "--rename", "nasty=by_create", "--yes").expecting()
            try await cluster.expectSame("nasty", "by_create")
            for level in ["sizes", "bytes", "archive"] {
                let verified = try await penstock.run("verify", set, "--level", level, "--json").expecting()
                let summary = try #require(try verified.lines.last.map { try JSON($0) })
                #expect(try summary.number("blobs") == names.count + 3)
                guard level == "archive" else { continue }
                #expect(try summary.text("outcome") == "holds")
                let rows = try await cluster.value(Self.counted, in: "nasty")
                #expect(try summary.number("rows") == rows.flatMap { Int($0) })
            }
            let shown = try JSON(await Penstock().run("show", set, "--json").expecting().text)
            let database = try #require(try shown.list("databases").first)
            #expect(try database.text("format") == "directory")
            #expect(try database.list("parts").count == names.count - 1)
            try await place.expectNothingLeft(in: ["nasty"] + copies, on: cluster)
        }
        for name in ["nasty"] + copies { try await cluster.dropDatabase(name) }
    }

    /// The rows of all tables, partitions each by itself, as their data is dumped.
    private static let counted = """
        SELECT sum((xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM ONLY %s', c.oid::regclass),
          false, true, '')))[1]::text::bigint)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
             AND d.deptype = 'e')
        """

    @Test("of databases with odd names are found by their names, restored and listed")
    func oddNames() async throws {
        let cluster = try await PostgresCluster.shared()
        let names = ["a/b%", #"..\q" 'x"#, "toc.dat", "x.dir", " Ünï_database_ ", "line\nfeed"].map {
            $0 + PostgresCluster.uniqueName("odd") + "."
        }
        try await withDatabases(names, in: cluster) {
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                let to = place.container + "/folder"
                let words = names.dropFirst().flatMap { ["-d", $0] }
                let first = place.penstock(cluster, database: names[0])
                try await first.run(
                    [
                        "dump", "--to", to, "--name", "odd", "--format", "directory", "-d",
                        "dbname=" + Self.quoted(names[0]),
                    ]
                        + words
                ).expecting()
                let listed = try await JSON(penstock.run("list", to, "--json").expecting().text)
                #expect(try listed.texts("databases").sorted() == names.sorted())
                #expect(try listed.text("state") == "complete")
                let shown = try await JSON(penstock.run("show", to + "/odd", "--json").expecting().text)
                #expect(try shown.list("databases").map { try $0.text("name") } == names)
                try await penstock.run("verify", to + "/odd", "--level", "archive").expecting()
                for name in names {
                    let copy = name + "copy"
                    try await penstock.run(
                        "restore", to + "/odd", "--only", name, "--create", "--rename", "\(name)=\(copy)", "--yes"
                    ).expecting()
                    try await cluster.expectSame(name, copy)
                    try await cluster.dropDatabase(copy)
                }
                try await penstock.run("dump", "-d", "postgres", "--to", to, "--name", "odd").expectingRefusal(11)
            }
        }
    }

    private static func quoted(_ name: String) -> String {
        "'" + name.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    /// A recovery point `set` of one database with the table `item` and three small ones, and an empty target.
    private func withDirectory(
        rows: Int = 5000, compress: String = "deflate",
        _ body: (PostgresCluster, Place, Penstock, _ name: String, _ target: String) async throws -> Void
    ) async throws {
        let cluster = try await PostgresCluster.shared()
        let (name, target) = (PostgresCluster.uniqueName("dir"), PostgresCluster.uniqueName("dir_target"))
        try await withDatabases([name, target], in: cluster, rows: rows) {
            try await cluster.run("DROP TABLE item", in: target)
            for number in 1...3 {
                try await cluster.run("CREATE TABLE small_\(number) AS SELECT generate_series(1, 100) AS id", in: name)
            }
            try await cluster.run("SELECT lo_from_bytea(0, 'one'), lo_from_bytea(0, '')", in: name)
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run(
                    "dump", "-d", name, "--to", place.container, "--name", "set", "--format", "directory",
                    "--compress", compress
                ).expecting()
                try await body(cluster, place, penstock, name, target)
                try await place.expectNothingLeft(in: [name, target], on: cluster)
            }
        }
    }

    /// The blob with the data of a table.
    private func blob(of table: String, in place: Place, _ name: String) async throws -> String {
        let shown = try JSON(await Penstock().run("show", place.container + "/set", "--json").expecting().text)
        let members = try #require(try shown.list("databases").first).list("members")
        let member = try #require(try members.first { try $0.text("tag") == table })
        return try "set_database_\(name).dir/" + member.text("file")
    }

    @Test("are restored in part, and only the files that are needed are read", arguments: ["1", "2"])
    func part(jobs: String) async throws {
        try await withDirectory { cluster, place, penstock, _, target in
            let words = ["restore", place.container + "/set", "-d", target, "--table", "small_2", "--jobs", jobs]
            let plan = try JSON(await penstock.run(words + ["--dry-run", "--json"]).expecting().text)
            let database = try #require(try plan.list("databases").first)
            #expect(try database.object("part").number("readSize") < 20_000)
            let listed = try await penstock.run(
                "restore", place.container + "/set", "--list", "--table", "small_2"
            ).expecting()
            #expect(listed.text.contains("TABLE DATA public small_2"))
            #expect(!listed.text.contains("small_1"))
            try await penstock.run(words + ["--yes"]).expecting()
            #expect(try await cluster.value("SELECT sum(id) FROM small_2", in: target) == "5050")
            #expect(try await cluster.value("SELECT to_regclass('small_1') IS NULL", in: target) == "t")
        }
    }

    @Test("that are damaged, cut or lack a file are found with the member, by verify and by restore")
    func damaged() async throws {
        try await withDirectory { cluster, place, penstock, name, target in
            let set = place.container + "/set"
            for (table, harm) in [("item", "change"), ("small_1", "cut"), ("small_2", "remove"), ("small_3", "change")]
            {
                let blob = try await blob(of: table, in: place, name)
                let original = try await place.download(blob)
                var bytes = original
                switch harm {
                case "change": bytes[bytes.count / 2] ^= 1
                case "cut": bytes.removeLast(9)
                default: break
                }
                if harm == "remove" {
                    try await penstock.run("blob", "remove", "\(place.container)/\(blob)", "--yes").expecting()
                } else {
                    try await place.upload(bytes, to: blob, replacing: true)
                }
                for level in ["sizes", "bytes", "archive"] where level != "sizes" || harm != "change" {
                    let verified = try await penstock.run("verify", set, "--level", level, "--json")
                    verified.expecting(harm == "remove" ? 10 : 14)
                    let findings = try verified.lines.map { try JSON($0) }
                        .filter { try $0.text("type") == "verify-finding" }
                    #expect(!findings.isEmpty)
                    for finding in findings {
                        #expect(try finding.text("blob") == blob)
                        #expect(try finding.text("member").hasPrefix("TABLE DATA public.\(table) "))
                    }
                }
                for jobs in ["1", "2"] {
                    let restored = try await penstock.run("restore", set, "-d", target, "--jobs", jobs, "--yes")
                    #expect(restored.code != 0)
                    restored.expectingRefusal(
                        harm == "remove" ? 10 : 14, saying: "was not restored completely",
                        "TABLE DATA public.\(table) ")
                    if jobs == "1" {
                        try await cluster.dropDatabase(target)
                        try await cluster.run("CREATE DATABASE \(target)")
                    }
                }
                // Mended, it goes on where it was.
                try await place.upload(original, to: blob, replacing: harm != "remove")
                try await penstock.run("restore", set, "-d", target, "--jobs", "2", "--continue", "--yes").expecting()
                try await cluster.expectSame(name, target)
                // What is there is dropped and made anew.
                try await penstock.run("restore", set, "-d", target, "--clean", "--yes").expecting()
                try await cluster.expectSame(name, target)
                try await cluster.dropDatabase(target)
                try await cluster.run("CREATE DATABASE \(target)")
            }
        }
    }

    @Test("a restore whose store goes away in the middle of a table fails, and names it", arguments: ["1", "2"])
    func storeGoesAway(jobs: String) async throws {
        try await withDirectory(rows: 20_000, compress: "none") { cluster, place, penstock, _, target in
            try await cluster.run("CREATE TABLE item (id int PRIMARY KEY, filling text)", in: target)
            let words = [
                "restore", place.container + "/set", "-d", target, "--data-only", "--table", "item", "--jobs", jobs,
                "--yes", "--memory", "16MiB", "--concurrency", "2", "--retry-for", "1",
            ]
            try await cluster.connected(to: target) { lock in
                _ = try await lock.query("BEGIN")
                _ = try await lock.query("LOCK TABLE item IN ACCESS EXCLUSIVE MODE")
                try await penstock.during(words) { running in
                    try await eventually("a pg_restore that waits") {
                        try await cluster.value(
                            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'",
                            [target]) == "1"
                    }
                    place.server.running.send(SIGKILL)
                    _ = try await lock.query("ROLLBACK")
                    try await running.finish().expectingRefusal(13, saying: "TABLE DATA public.item")
                }
            }
            #expect(try await cluster.value("SELECT count(*) FROM item", in: target) == "0")
        }
    }

    @Test("a list of large objects that is damaged names its member")
    func damagedList() async throws {
        try await withDirectory { _, place, penstock, name, target in
            let blob = "set_database_\(name).dir/blobs.toc"
            let list = String(decoding: try await place.download(blob), as: UTF8.self)
            // Other large objects, of which there are no files.
            let first = try #require(list.first)
            let changed = list.replacing(String(first), with: first == "1" ? "2" : "1")
            try await place.upload(Array(changed.utf8), to: blob, replacing: true)
            let verified = try await penstock.run("verify", place.container + "/set", "--level", "archive", "--json")
            verified.expecting(14)
            #expect(verified.text.contains("BLOBS") && verified.text.contains("verify.member-missing"))
            try await penstock.run("restore", place.container + "/set", "-d", target, "--jobs", "2", "--yes")
                .expectingRefusal(14, saying: "BLOBS")
        }
    }

    @Test("that are broken off leave nothing, and what a crash among the commits leaves is found and removed")
    func brokenOff() async throws {
        let cluster = try await PostgresCluster.shared()
        let names = [PostgresCluster.uniqueName("broken"), PostgresCluster.uniqueName("broken")]
        try await withDatabases(names, in: cluster, rows: 100) {
            try await Place.make { place in
                let words = [
                    "dump", "-d", names[0], "-d", names[1], "--to", place.container, "--name", "set", "--format",
                    "directory",
                ]
                try await cluster.connected(to: names[1]) { lock in
                    for signal in [SIGKILL, SIGINT] {
                        _ = try await lock.query("BEGIN")
                        _ = try await lock.query("LOCK TABLE item IN ACCESS EXCLUSIVE MODE")
                        try await place.penstock(cluster).during(words) { running in
                            try await eventually("a pg_dump that waits") {
                                try await cluster.value(
                                    "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'",
                                    [names[1]]) == "1"
                            }
                            running.send(signal)
                            #expect(try await running.finish().code != 0)
                        }
                        #expect(try await place.blobs() == [:])
                        _ = try await lock.query("ROLLBACK")
                    }
                }
                try await place.penstock(cluster).run(words).expecting()
                let blobs = try await place.blobs()
                // As if it had ended right before the marker.
                try await Penstock().run("blob", "remove", place.container + "/set_timestamp.txt", "--yes").expecting()
                #expect(try await Penstock().run("list", place.container, "--json").expecting().lines.isEmpty)
                try await place.penstock(cluster).run(words).expectingRefusal(11, hint: "orphans")
                let removed = try await Penstock().run(
                    "orphans", place.container, "--remove", "--grace-hours", "0", "--yes"
                ).expecting()
                #expect(removed.errors.contains("set") || removed.text.contains("set"))
                #expect(blobs.count > 8)
                #expect(try await place.blobs() == [:])
            }
        }
    }

    @Test("are refused with what they cannot have")
    func refused() async throws {
        let cluster = try await PostgresCluster.shared()
        try await Place.make { place in
            let words = ["dump", "-d", "postgres", "--to", place.container, "--format", "directory"]
            for (more, hint) in [
                (["--jobs", "2"], "--format custom"), (["--compress", "zstd:3"], "--compress deflate"),
                (["--compress", "pg_dump:6"], "--compress deflate"),
            ] {
                let finished = try await place.penstock(cluster).run(words + more)
                finished.expecting(2)
                #expect(finished.errors.contains(hint))
            }
            #expect(try await place.blobs().isEmpty)
        }
    }
}
