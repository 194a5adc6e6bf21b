import Glibc
import PostgresClient
import Synchronization
import SystemCalls
import TestSupport
import Testing

@Suite(
    "A restore that was interrupted", .tags(.postgres, .faults), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct ContinuedRestoreTests {
    /// Stalls one request for bytes.
    ///
    /// Marker, manifest, kind, table of contents and the three pieces of the large table are seven; a database before it
    /// asks for kind, table of contents and data.
    private static func stalled(at number: Int) -> String {
        #"{"rules": [{"fault": "stall", "seconds": 300, "operations": ["GetBlob"], "at": [\#(number)]}]}"#
    }

    private struct Killed {
        let cluster: PostgresCluster
        let place: Place
        let penstock: Penstock
        /// The database with the large table, and where it was being restored.
        let name: String
        let target: String
        /// What was killed.
        let restore: [String]
    }

    /// A restore that is stalled, and killed when the large table is there and the small ones are not.
    ///
    /// - Parameters:
    ///   - both: Run in the database and in the one that it is restored into.
    ///   - first: Another database that is restored before, and where to.
    ///   - before: Called before the kill.
    private func killed(
        both statement: String? = nil, first: (name: String, target: String)? = nil,
        before: (Killed) async throws -> Void = { _ in }, _ body: (Killed) async throws -> Void
    ) async throws {
        let cluster = try await PostgresCluster.shared()
        let (name, target) = (PostgresCluster.uniqueName("continued"), PostgresCluster.uniqueName("continued_target"))
        try await withDatabases([name, target], in: cluster, rows: 0) {
            for database in [name, target] {
                try await cluster.run("DROP TABLE item", in: database)
                if let statement { try await cluster.run(statement, in: database) }
            }
            try await cluster.run(
                "CREATE TABLE item AS SELECT i, repeat(md5(i::text), 31) FROM generate_series(1, 20000) i", in: name)
            try await cluster.run("ALTER TABLE item ADD PRIMARY KEY (i)", in: name)
            for number in 1...3 {
                try await cluster.run("CREATE TABLE small_\(number) AS SELECT generate_series(1, 9) AS id", in: name)
            }
            let isStalled = Mutex(false)
            let watch: @Sendable (String) -> Void = { line in
                if line.hasPrefix("fault ") { isStalled.withLock { $0 = true } }
            }
            try await Place.make(faults: Self.stalled(at: first == nil ? 8 : 11), watch: watch) { place in
                let penstock = place.penstock(cluster)
                let databases = first.map { ["-d", $0.name] } ?? []
                try await penstock.run(
                    ["dump"] + databases + [
                        "-d", name, "--to", place.container, "--name", "set", "--compress", "none",
                    ]
                ).expecting()
                let into = first.map { ["--rename", "\($0.name)=\($0.target)", "--rename", "\(name)=\(target)"] }
                // The memory is for one batch at a time.
                let words =
                    ["restore", place.container + "/set", "--yes", "--jobs", "2"] + (into ?? ["-d", target])
                let killed = Killed(
                    cluster: cluster, place: place, penstock: penstock, name: name, target: target, restore: words)
                try await penstock.during(words + ["--memory", "16MiB"]) { running in
                    try await eventually("the large table is written down, and the next is waited for") {
                        guard isStalled.withLock({ $0 }) else { return false }
                        let table = "SELECT to_regclass('penstock_restore.finished')"
                        guard try await cluster.value(table, in: target) != nil else { return false }
                        return try await cluster.value("SELECT count(*) FROM penstock_restore.finished", in: target)
                            == "1"
                    }
                    try await before(killed)
                    running.send(SIGKILL)
                    _ = try await running.finish()
                }
                try await place.expectNothingLeft(in: [target], on: cluster)
                try await body(killed)
            }
        }
    }

    @Test("is not gone on with while it runs, and nobody else restores into its database")
    func underWay() async throws {
        try await killed { run in
            try await run.penstock.run(run.restore + ["--continue"]).expectingRefusal(11, saying: run.target)
        } _: { run in
            // What the first restore held while it lived.
            try await run.cluster.connected(to: run.target) { other in
                _ = try await other.query("SELECT pg_advisory_lock(x'50656e73746f636b'::bigint)")
                for words in [["--continue"], ["--clean"]] {
                    try await run.penstock.run(run.restore + words).expectingRefusal(
                        11, saying: run.target, "under way", hint: "pg_stat_activity")
                }
                #expect(try await other.query("SELECT count(*) FROM item").firstValue == "20000")
            }
            try await run.penstock.run(run.restore + ["--continue"]).expecting()
            try await run.cluster.expectSame(run.name, run.target)
        }
    }

    @Test("counts what was passed over before it was interrupted, and says beforehand what is there")
    func errors() async throws {
        try await killed(both: "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'") { run in
            let goOn = run.restore + ["--continue"]
            let plan = try await run.penstock.run(goOn + ["--dry-run"]).expecting()
            #expect(plan.text.contains("the data of 1 of 4 entries is there"), "\(plan.text)")
            let json = try await run.penstock.run(goOn + ["--dry-run", "--json"]).expecting()
            let step = try #require(try JSON(json.text).list("databases").first)
            #expect(try step.object("progress").number("finishedEntries") == 1)
            let finished = try await run.penstock.run(goOn + ["--json"]).expecting(3)
            let part = try #require(try JSON(finished.text).list("parts").first)
            #expect(try part.number("errors") == 1)
            #expect(try part.texts("messages").contains { $0.contains("twice") })
            try await run.cluster.expectSame(run.name, run.target)
        }
    }

    @Test("of several databases passes over those that it had finished, and counts their errors")
    func several() async throws {
        let cluster = try await PostgresCluster.shared()
        let first = (name: PostgresCluster.uniqueName("first"), target: PostgresCluster.uniqueName("first_target"))
        try await withDatabases([first.name, first.target], in: cluster) {
            try await cluster.run("DROP TABLE item", in: first.target)
            let function = "CREATE FUNCTION thrice(n int) RETURNS int LANGUAGE sql AS 'SELECT 3 * n'"
            for database in [first.name, first.target] { try await cluster.run(function, in: database) }
            try await killed(first: first) { run in
                let goOn = run.restore + ["--continue"]
                // Of a database alone that holds something nobody knows whether it is whole.
                try await run.penstock.run(goOn + ["--only", first.name]).expectingRefusal(
                    10, saying: first.target, hint: "--only")
                let plan = try await run.penstock.run(goOn + ["--dry-run"]).expecting()
                #expect(plan.text.contains("\(first.target), which the interrupted restore has finished"))
                // A row of it would be there twice, were it restored again.
                let finished = try await run.penstock.run(goOn + ["--json"]).expecting(3)
                let parts = try JSON(finished.text).list("parts")
                #expect(try parts.map { try $0.text("name") } == [first.target, run.target])
                #expect(try parts.map { try $0.number("errors") } == [1, 0])
                try await cluster.expectSame(first.name, first.target)
                try await cluster.expectSame(run.name, run.target)
            }
        }
    }

    @Test("leaves nothing of itself in a dump, which says that something is missing", arguments: [1, 2])
    func dumped(jobs: Int) async throws {
        try await killed { run in
            let (cluster, container) = (run.cluster, run.place.container)
            let copy = PostgresCluster.uniqueName("continued_copy")
            let dump = ["dump", "-d", run.target, "--to", container, "--jobs", "\(jobs)", "--name"]
            let dumped = try await run.penstock.run(dump + ["half"]).expecting()
            #expect(dumped.errors.contains("a restore into the database is under way or was interrupted"))
            let listed = try await run.penstock.run("restore", container + "/half", "--list").expecting()
            #expect(listed.text.contains("TABLE public item") && !listed.text.contains("penstock_restore"))
            // pg_dump alone takes it along; it is no journal of the copy.
            try await run.place.upload(
                cluster.program("pg_dump", ["-Fc"], database: run.target).expecting().output,
                to: "theirs_database_\(run.target).sql")
            try await withDatabases([copy], in: cluster, rows: 0) {
                try await cluster.run("DROP TABLE item", in: copy)
                let restored = try await run.penstock.run(
                    "restore", container + "/theirs", "-d", copy, "--jobs", "2", "--yes"
                ).expecting()
                #expect(restored.errors.contains("was dumped while a restore"))
                let schema = "SELECT to_regnamespace('penstock_restore')"
                #expect(try await cluster.value(schema, in: copy) == nil)
                #expect(try await cluster.value("SELECT count(*) FROM item", in: copy) == "20000")
            }
            // A schema of somebody's own is no journal.
            try await cluster.run("ALTER TABLE penstock_restore.counted RENAME TO mine", in: run.target)
            let whole = try await run.penstock.run(dump + ["whole"]).expecting()
            #expect(!whole.errors.contains("under way"))
            let all = try await run.penstock.run("restore", container + "/whole", "--list").expecting()
            #expect(all.text.contains("TABLE penstock_restore mine"))
        }
    }

    @Test("is not gone on with while somebody else writes, nor where the journal is not its own")
    func disturbed() async throws {
        try await killed { run in
            let (cluster, penstock, name, target) = (run.cluster, run.penstock, run.name, run.target)
            let restore = run.restore + ["--continue"]
            try await cluster.connected(to: target) { other in
                _ = try await other.query("BEGIN")
                _ = try await other.query("INSERT INTO small_1 VALUES (1)")
                try await penstock.run(restore).expectingRefusal(11, saying: target, hint: "pg_stat_activity")
                _ = try await other.query("ROLLBACK")
            }
            try await cluster.run("ALTER TABLE penstock_restore.archive RENAME TO mine", in: target)
            try await penstock.run(restore).expectingRefusal(10, hint: "--clean")
            try await penstock.run(restore.dropLast() + ["--clean"]).expecting()
            #expect(try await cluster.value("SELECT to_regclass('penstock_restore.mine')", in: target) != nil)
            try await cluster.run("DROP SCHEMA penstock_restore CASCADE", in: target)
            try await cluster.expectSame(name, target)
        }
    }

    @Test("goes on behind what is there, and leaves nothing of its own")
    func continued() async throws {
        try await killed { run in
            let (cluster, penstock, name, target) = (run.cluster, run.penstock, run.name, run.target)
            let restore = run.restore
            try await penstock.run(restore).expectingRefusal(11)
            let finished = try await penstock.run(restore + ["--continue", "--verbose"]).expecting()
            #expect(finished.errors.contains("finished=1"), "\(finished.errors)")
            try await cluster.expectSame(name, target)
            try await penstock.run(restore + ["--continue"]).expectingRefusal(10, hint: "--clean")
        }
    }

    @Test("does not go on with another archive, nor with one job, nor on what a crash has left")
    func refused() async throws {
        try await killed { run in
            let (cluster, place, penstock) = (run.cluster, run.place, run.penstock)
            let (name, target) = (run.name, run.target)
            // Compressed, since two dumps of one second may be the same bytes, with which it would go on.
            try await penstock.run("dump", "-d", name, "--to", place.container, "--name", "other").expecting()
            let words = ["-d", target, "--yes", "--continue"]
            let restore = ["restore", place.container + "/set", "--jobs", "2"] + words
            let other = try await penstock.run(["restore", place.container + "/other", "--jobs", "2"] + words)
                .expectingRefusal(11, saying: "another archive")
            // Nor is it told to do what it was just refused.
            #expect(!other.errors.contains("go on with"), "\(other.errors)")
            try await penstock.run(["restore", place.container + "/set", "--jobs", "1"] + words).expectingRefusal(
                2, hint: "--jobs 2")
            let archive = try await cluster.value("SELECT name FROM penstock_restore.archive", in: target)
            // So a crash leaves an unlogged table.
            try await cluster.run("TRUNCATE penstock_restore.archive", in: target)
            try await penstock.run(restore).expectingRefusal(10, saying: "crashed")
            // Indexes and keys had been begun: what is there is made anew.
            try await cluster.run(
                "INSERT INTO penstock_restore.archive VALUES ('\(try #require(archive))')", in: target)
            try await cluster.run("INSERT INTO penstock_restore.finished VALUES (0)", in: target)
            try await cluster.run("ALTER TABLE item ADD PRIMARY KEY (i)", in: target)
            try await penstock.run(restore).expecting()
            try await cluster.expectSame(name, target)
        }
    }
}
