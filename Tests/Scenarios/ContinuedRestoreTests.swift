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
    /// Marker, manifest, kind, table of contents and the three pieces of the large table go through; what is asked for
    /// next, once, does not.
    private static let stalled =
        #"{"rules": [{"fault": "stall", "seconds": 300, "operations": ["GetBlob"], "at": [8]}]}"#

    /// A restore that was killed when the large table was there and the small ones were not.
    private func killed(
        _ body: (PostgresCluster, Place, Penstock, _ name: String, _ target: String) async throws -> Void
    )
        async throws
    {
        let cluster = try await PostgresCluster.shared()
        let (name, target) = (PostgresCluster.uniqueName("continued"), PostgresCluster.uniqueName("continued_target"))
        try await withDatabases([name, target], in: cluster, rows: 0) {
            for database in [name, target] { try await cluster.run("DROP TABLE item", in: database) }
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
            try await Place.make(faults: Self.stalled, watch: watch) { place in
                let penstock = place.penstock(cluster)
                try await penstock.run(
                    "dump", "-d", name, "--to", place.container, "--name", "set", "--compress", "none"
                ).expecting()
                // The memory is for one batch at a time.
                let words = [
                    "restore", place.container + "/set", "-d", target, "--yes", "--jobs", "2", "--memory", "16MiB",
                ]
                try await penstock.during(words) { running in
                    try await eventually("the large table is written down, and the next is waited for") {
                        guard isStalled.withLock({ $0 }) else { return false }
                        let table = "SELECT to_regclass('penstock_restore.finished')"
                        guard try await cluster.value(table, in: target) != nil else { return false }
                        return try await cluster.value("SELECT count(*) FROM penstock_restore.finished", in: target)
                            == "1"
                    }
                    running.send(SIGKILL)
                    _ = try await running.finish()
                }
                try await place.expectNothingLeft(in: [target], on: cluster)
                try await body(cluster, place, penstock, name, target)
            }
        }
    }

    @Test("is not gone on with while somebody else writes, nor where the journal is not its own")
    func disturbed() async throws {
        try await killed { cluster, place, penstock, name, target in
            let restore = ["restore", place.container + "/set", "-d", target, "--yes", "--jobs", "2", "--continue"]
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
        try await killed { cluster, place, penstock, name, target in
            let restore = ["restore", place.container + "/set", "-d", target, "--yes", "--jobs", "2"]
            try await penstock.run(restore).expectingRefusal(11)
            let finished = try await penstock.run(restore + ["--continue", "--verbose"]).expecting()
            #expect(finished.errors.contains("finished=1"), "\(finished.errors)")
            try await cluster.expectSame(name, target)
            try await penstock.run(restore + ["--continue"]).expectingRefusal(10, hint: "--clean")
        }
    }

    @Test("does not go on with another archive, nor with one job, nor on what a crash has left")
    func refused() async throws {
        try await killed { cluster, place, penstock, name, target in
            // Compressed, since two dumps of one second may be the same bytes, with which it would go on.
            try await penstock.run("dump", "-d", name, "--to", place.container, "--name", "other").expecting()
            let words = ["-d", target, "--yes", "--continue"]
            let restore = ["restore", place.container + "/set", "--jobs", "2"] + words
            try await penstock.run(["restore", place.container + "/other", "--jobs", "2"] + words).expectingRefusal(
                11, saying: "another archive")
            try await penstock.run(["restore", place.container + "/set", "--jobs", "1"] + words).expectingRefusal(
                10, hint: "--clean")
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
