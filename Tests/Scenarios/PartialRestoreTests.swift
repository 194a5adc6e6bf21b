import SystemCalls
import TestSupport
import Testing

@Suite(
    "Restoring a part", .tags(.postgres), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct PartialRestoreTests {
    /// A dumped database with what makes parts hard, and an empty one; `body` gets the name of both and the words with
    /// which restoring from the one into the other begins.
    private func withDumped(
        _ statements: [String], _ body: (Place, PostgresCluster, Names) async throws -> Void
    ) async throws {
        let cluster = try await PostgresCluster.shared()
        let names = Names(
            source: PostgresCluster.uniqueName("whole"), target: PostgresCluster.uniqueName("part"))
        try await withDatabases([names.source, names.target], in: cluster, rows: 2) {
            try await cluster.run("DROP TABLE item", in: names.target)
            for statement in statements { try await cluster.run(statement, in: names.source) }
            try await Place.make { place in
                try await place.penstock(cluster).run(
                    "dump", "-d", names.source, "--to", place.container, "--name", "p", "--compress", "none"
                ).expecting()
                try await body(place, cluster, names)
                #expect(try Files.names(in: place.temporary) == [])
            }
        }
    }

    private struct Names {
        let source: String
        let target: String
    }

    /// Two tables with a foreign key, one in a schema of its own with a name that needs quotes, and a large table behind.
    private static let shop = [
        #"CREATE SCHEMA "Sché""ma ünï""#,
        #"CREATE TABLE "Sché""ma ünï"."Tàble 表" (id int PRIMARY KEY, "näme ""q""" text)"#,
        #"INSERT INTO "Sché""ma ünï"."Tàble 表" SELECT g, E'tab\tnl\nbs\\ ' || g FROM generate_series(1, 500) g"#,
        #"COMMENT ON TABLE "Sché""ma ünï"."Tàble 表" IS 'odd'"#,
        "CREATE TABLE customer (id int PRIMARY KEY, name text)",
        "INSERT INTO customer VALUES (1, 'one'), (2, 'two')",
        "CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customer)",
        "INSERT INTO orders VALUES (10, 1), (11, 2), (12, 2)",
        "CREATE INDEX orders_by_customer ON orders (customer)",
        "CREATE FUNCTION twice(n integer, t text) RETURNS text LANGUAGE sql AS 'SELECT repeat(t, n)'",
        "CREATE VIEW order_view AS SELECT * FROM orders",
        "CREATE TABLE zz AS SELECT g, md5(g::text) FROM generate_series(1, 40000) g",
        "SELECT lo_from_bytea(0, 'large object')",
    ]

    private func tables(in database: String, _ cluster: PostgresCluster) async throws -> String? {
        try await cluster.value(
            """
            SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
             WHERE relkind IN ('r', 'v', 'S', 'm') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
            """, in: database)
    }

    @Test("one table, whatever its name and schema, and no byte behind it is read")
    func oneTable() async throws {
        try await withDumped(Self.shop) { place, cluster, names in
            let penstock = place.penstock(cluster)
            let restore = ["restore", place.container + "/p", "-d", names.target]
            let table = restore + ["--table", "Tàble 表"]
            let plan = try await penstock.run(table + ["--dry-run", "--json"]).expecting()
            let step = try #require(try JSON(plan.text).list("databases").first)
            let part = try step.object("part")
            // The schema, which the target lacks; the table, its comment, its rows.
            #expect(try part.number("entries") == 4)
            let (needed, read) = try (part.number("neededSize"), part.number("readSize"))
            #expect(try needed < 60_000 && needed <= read && read <= step.number("size"))
            #expect(try await tables(in: names.target, cluster) == nil)

            let shown = try await penstock.run(table + ["--yes"]).expecting()
            #expect(shown.errors.contains("a part of it: 4 entries"))
            #expect(try await tables(in: names.target, cluster) == "Tàble 表")
            let rows = #"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM "Sché""ma ünï"."Tàble 表" t"#
            let expected = try await cluster.value(rows, in: names.source)
            #expect(try await cluster.value(rows, in: names.target) == expected && expected != nil)

            // It is there now: its name is said, as SQL writes it.
            try await penstock.run(table + ["--yes"]).expectingRefusal(
                11, saying: #""Sché""ma ünï"."Tàble 表""#, hint: "--data-only")
            #expect(try await cluster.value(rows, in: names.target) == expected)
            // Another one goes in beside it.
            try await penstock.run(restore + ["-n", "public", "-t", "zz", "--yes"]).expecting()
            #expect(try await tables(in: names.target, cluster) == "Tàble 表 zz")
            #expect(try await cluster.value("SELECT count(*) FROM zz", in: names.target) == "40000")
            // Dropped and made anew.
            try await cluster.run("DELETE FROM zz", in: names.target)
            let clean = restore + ["-t", "zz", "--clean", "--if-exists", "--yes"]
            try await penstock.run(clean).expecting()
            #expect(try await cluster.value("SELECT count(*) FROM zz", in: names.target) == "40000")
            // What something else needs cannot be dropped: it keeps its rows, and has none twice.
            try await cluster.run("CREATE VIEW over AS SELECT * FROM zz", in: names.target)
            let failed = try await penstock.run(clean).expecting(3)
            #expect(failed.errors.contains("cannot drop table public.zz"))
            #expect(try await cluster.value("SELECT count(*) FROM zz", in: names.target) == "40000")
        }
    }

    @Test("--clean drops what is no table, too, and drops no rows", arguments: [1, 3])
    func clean(jobs: Int) async throws {
        try await withDumped(Self.shop) { place, cluster, names in
            let penstock = place.penstock(cluster)
            let restore = ["restore", place.container + "/p", "-d", names.target, "--jobs", "\(jobs)", "--yes"]
            let old = "CREATE FUNCTION twice(n integer, t text) RETURNS text LANGUAGE sql AS 'SELECT t'"
            // Without tables the database counts as empty; with one of its own it does not.
            for before in [[old], ["DROP FUNCTION twice", old, "CREATE TABLE own (id int)"]] {
                for statement in before { try await cluster.run(statement, in: names.target) }
                let function = restore + ["-P", "twice(integer, text)", "--clean"]
                try await penstock.run(function).expecting()
                #expect(try await cluster.value("SELECT twice(2, 'x')", in: names.target) == "xx")
            }
            try await penstock.run(restore + ["-t", "zz"]).expecting()
            let rows = try await penstock.run(restore + ["-t", "zz", "--section", "data", "--clean"]).expecting()
            #expect(rows.errors.contains("adding rows to tables that are there"), "\(rows.errors)")
            #expect(try await cluster.value("SELECT count(*) FROM zz", in: names.target) == "80000")
        }
    }

    @Test("rows alone go into tables that are there, past triggers and foreign keys if they are to", arguments: [1, 3])
    func dataOnly(jobs: Int) async throws {
        try await withDumped(Self.shop) { place, cluster, names in
            let penstock = place.penstock(cluster)
            let restore = ["restore", place.container + "/p", "-d", names.target, "--jobs", "\(jobs)"]
            try await penstock.run(restore + ["--schema-only", "--yes"]).expecting()
            #expect(try await cluster.value("SELECT count(*) FROM orders", in: names.target) == "0")
            let orders = restore + ["--data-only", "-t", "orders"]
            // Without a terminal nothing is added to what is there unless --yes says so.
            try await penstock.run(orders).expectingRefusal(2, saying: "--yes")
            // The customers are not there: pg_restore passes over the error.
            let failed = try await penstock.run(orders + ["--yes", "--json"]).expecting(3)
            #expect(try JSON(failed.text).list("parts").first?.number("errors") == 1)
            #expect(try await cluster.value("SELECT count(*) FROM orders", in: names.target) == "0")
            let added = try await penstock.run(orders + ["--disable-triggers", "--yes"]).expecting()
            #expect(added.errors.contains("adding rows to tables that are there"))
            #expect(try await cluster.value("SELECT sum(id) FROM orders", in: names.target) == "33")
        }
    }

    @Test("a list with entries taken out, tables that are not wanted, and sections", arguments: [1, 3])
    func list(jobs: Int) async throws {
        try await withDumped(Self.shop) { place, cluster, names in
            let penstock = place.penstock(cluster)
            let listed = try await penstock.run("restore", place.container + "/p", "--list").expecting()
            let lines = listed.lines
            let named = ["-t", "orders", "-I", "orders_by_customer", "-P", "twice(integer, text)"]
            let entries = try await penstock.run(["restore", place.container + "/p", "-l", "--json"] + named)
                .expecting().lines.map(JSON.init)
            #expect(try entries.map { try $0.text("kind") } == ["FUNCTION", "TABLE", "TABLE DATA", "INDEX"])
            #expect(try entries.map { try $0.text("schema") } == ["public", "public", "public", "public"])
            #expect(lines.contains { $0.contains("TABLE DATA public zz") })
            let edited = lines.map { line in
                line.contains("zz") || line.contains("BLOB") || line.contains("item") ? ";" + line : line
            }
            let file = place.work + "/list"
            // Upside down: the order of the file does not matter.
            try Files.open(file, .create).write(Array(edited.reversed().joined(separator: "\n").utf8).span)
            let restore = ["restore", place.container + "/p", "-d", names.target, "--jobs", "\(jobs)"]
            try await penstock.run(restore + ["--use-list", file, "--yes"]).expecting()
            #expect(try await tables(in: names.target, cluster) == "Tàble 表 customer order_view orders")
            #expect(try await cluster.value("SELECT count(*) FROM pg_largeobject_metadata", in: names.target) == "0")
            let keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"
            #expect(try await cluster.value(keys, in: names.target) == "1")

            try await cluster.dropDatabase(names.target)
            try await cluster.run("CREATE DATABASE \(names.target)")
            let without = try await penstock.run(
                restore + ["--exclude-table", "orders", "--exclude-schema", #"Sché"ma ünï"#, "--yes"]
            ).expecting()
            #expect(without.errors.contains("left out with a table that it needs: VIEW public.order_view"))
            #expect(try await tables(in: names.target, cluster) == "customer item zz")
            #expect(try await cluster.value("SELECT count(*) FROM pg_largeobject_metadata", in: names.target) == "1")

            try await cluster.dropDatabase(names.target)
            try await cluster.run("CREATE DATABASE \(names.target)")
            try await penstock.run(restore + ["--section", "pre-data", "--yes"]).expecting()
            try await penstock.run(restore + ["--section", "data", "--yes"]).expecting()
            try await penstock.run(restore + ["--section", "post-data", "--yes"]).expecting()
            try await cluster.expectSame(names.source, names.target)
        }
    }

    @Test("what means nothing is refused, and nothing is touched")
    func refusals() async throws {
        try await withDumped(Self.shop) { place, cluster, names in
            let penstock = place.penstock(cluster)
            let restore = ["restore", place.container + "/p", "-d", names.target, "--yes"]
            try await penstock.run(restore + ["-t", "customer", "-t", "ordres"]).expectingRefusal(
                10, saying: "`ordres`", "`orders`", hint: "--list")
            try await penstock.run(restore + ["-t", "orders", "--section", "post-data"]).expectingRefusal(
                10, hint: "--list")
            try await penstock.run(restore + ["--schema", "nowhere"]).expectingRefusal(10, saying: "schema `nowhere`")
            let file = place.work + "/list"
            try Files.open(file, .create).write(Array("99999; 0 TABLE\n".utf8).span)
            try await penstock.run(restore + ["--use-list", file]).expectingRefusal(10, saying: "99999")
            #expect(try await tables(in: names.target, cluster) == nil)

            // A list belongs to one archive, and this set has two.
            let archive = try await place.download("p_database_\(names.source).sql")
            for database in ["a", "b"] { try await place.upload(archive, to: "two_database_\(database).sql") }
            for words in [["--use-list", file, "--create", "--yes"], ["--list"]] {
                try await penstock.run(["restore", place.container + "/two"] + words).expectingRefusal(
                    2, saying: "several", hint: "--only")
            }

            try await place.upload(
                cluster.program("pg_dump", [], database: names.source).expecting().output,
                to: "theirs_database_\(names.source).sql")
            let theirs = ["restore", place.container + "/theirs", "-d", names.target, "--yes"]
            try await penstock.run(theirs + ["-t", "orders"]).expectingRefusal(2, saying: "no custom archive")
            try await penstock.run(theirs + ["--role", "postgres"]).expectingRefusal(2, saying: "SQL", hint: "--role")
            #expect(try await tables(in: names.target, cluster) == nil)
        }
    }

    @Test(
        "of an archive that pg_dump wrote to a pipe, as another role, into a database made for it", arguments: [1, 3])
    func foreignArchive(jobs: Int) async throws {
        let role = PostgresCluster.uniqueName("Rôle \"x\"")
        try await withDumped(Self.shop) { place, cluster, names in
            try await cluster.run("CREATE ROLE \(PostgresCluster.quoted(role)) SUPERUSER")
            try await place.upload(
                cluster.program("pg_dump", ["-Fc", "-Z0"], database: names.source).expecting().output,
                to: "theirs_database_\(names.source).sql")
            try await cluster.dropDatabase(names.target)
            try await cluster.run("CREATE DATABASE \(names.target)")
            let penstock = place.penstock(cluster)
            let jobs = ["--jobs", "\(jobs)"]
            let restore = ["restore", place.container + "/theirs", "-d", names.target, "-t", "customer"] + jobs
            let plan = try await penstock.run(restore + ["--dry-run", "--json"]).expecting()
            // Without offsets nobody knows how much it is.
            #expect(!plan.text.contains("neededSize") && plan.text.contains("entries"))
            try await penstock.run(restore + ["--role", role, "--no-owner", "--yes"]).expecting()
            #expect(try await cluster.value("SELECT count(*) FROM customer", in: names.target) == "2")
            let owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'customer'"
            #expect(try await cluster.value(owner, in: names.target) == role)

            let copy = PostgresCluster.uniqueName("part_copy")
            try await penstock.run(
                "restore", place.container + "/p", "--create", "--rename", "\(names.source)=\(copy)", "-t", "orders",
                "-I", "nothing", "--yes"
            ).expectingRefusal(10, saying: "index `nothing`")
            #expect(try await !cluster.hasDatabase(copy))
            let create = ["restore", place.container + "/p", "--create", "-t", "orders", "--yes"] + jobs
            try await penstock.run(create + ["--rename", "\(names.source)=\(copy)"]).expecting()
            #expect(try await tables(in: copy, cluster) == "orders")
            try await cluster.dropDatabase(copy)
            // By the archive itself, under its own name.
            try await cluster.dropDatabase(names.source)
            try await penstock.run(create).expecting()
            #expect(try await tables(in: names.source, cluster) == "orders")
            try await cluster.dropDatabase(names.target)
            try await cluster.run("DROP ROLE \(PostgresCluster.quoted(role))")
        }
    }
}
