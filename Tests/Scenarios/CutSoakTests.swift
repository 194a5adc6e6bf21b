import Glibc
import Subprocesses
import SystemCalls
import TestSupport
import Testing

/// What is cut at a random place is never taken for whole: `docs/formats/recovery-point.md`.
@Suite(
    "Cut at random places", .tags(.postgres, .faults), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct CutSoakTests {
    private static let rows = 3000
    private static let tables = (1...4).map { "part_\($0)" }

    /// Runs `body` with a database of four tables of some 3 MB.
    private func withParts(_ body: (PostgresCluster, String) async throws -> Void) async throws {
        let cluster = try await PostgresCluster.shared()
        let database = PostgresCluster.uniqueName("cut")
        try await withDatabases([database], in: cluster, rows: Self.rows) {
            for table in Self.tables {
                try await cluster.run("CREATE TABLE \(table) AS SELECT * FROM item", in: database)
            }
            try await body(cluster, database)
        }
    }

    @Test("a restore whose store dies is no success, and no table has a part of its rows", arguments: [1, 2])
    func restore(jobs: Int) async throws {
        var numbers = SeededGenerator(seed: Soak.seed)
        print("seed \(Soak.seed): PENSTOCK_SEED repeats the places")
        try await withParts { cluster, database in
            try await withTemporaryDirectory(inMemory: true) { root in
                let store = "\(root)/store", slow = "\(root)/slow.json"
                try Files.replace(
                    slow, with: Array(#"{"rules": [{"fault": "bandwidth", "bytes-per-second": 10000000}]}"#.utf8))
                let penstock = Penstock(environment: cluster.environment())
                try await StoreServer.during(directory: store) { server in
                    _ = try await penstock.run(
                        "dump", "-d", database, "--to", server.account + "/backups", "--name", "whole",
                        "--create-container", "--compress", "none"
                    ).expecting()
                }
                let count = Soak.rounds.map { $0 * 10 } ?? 3
                var cut = 0
                for _ in 0..<count {
                    let life = Duration.milliseconds(Int.random(in: 0...1500, using: &numbers))
                    let target = PostgresCluster.uniqueName("cut_target")
                    try await cluster.run("CREATE DATABASE \(target) TEMPLATE template0")
                    try await StoreServer.during(directory: store, words: ["--faults", slow]) { server in
                        let words = [
                            "restore", server.account + "/backups/whole", "-d", target, "--yes", "--retry-for", "1",
                            "--jobs", "\(jobs)",
                        ]
                        try await penstock.during(words) { restore in
                            try await Task.sleep(for: life)
                            server.running.send(SIGKILL)
                            let finished = try await restore.finish()
                            if finished.code == 0 {
                                try await cluster.expectSame(database, target)
                            } else {
                                cut += 1
                                finished.expectingRefusal(13, saying: "could not be reached")
                            }
                        }
                    }
                    try await expectWholeTables(in: target, on: cluster)
                    try await cluster.dropDatabase(target)
                }
                print("restores with \(jobs) jobs: \(cut) of \(count) were cut before their end")
                #expect(cut > 0 || Soak.rounds == nil)
            }
        }
    }

    /// Expects every table to be missing, empty or whole.
    private func expectWholeTables(in target: String, on cluster: PostgresCluster) async throws {
        for table in Self.tables + ["item"] {
            guard try await cluster.value("SELECT to_regclass('\(table)')", in: target) != nil else { continue }
            let rows = try await cluster.value("SELECT count(*) FROM \(table)", in: target)
            #expect(rows == "0" || rows == "\(Self.rows)", "\(table)")
        }
    }

    @Test(
        "a dump one of whose sessions ends is no success, while others wait to truncate and to alter",
        arguments: [1, 3])
    func dump(jobs: Int) async throws {
        var numbers = SeededGenerator(seed: Soak.seed)
        print("seed \(Soak.seed): PENSTOCK_SEED repeats the moments")
        var ended = 0
        let count = Soak.rounds.map { $0 * 5 / 2 } ?? 3
        for _ in 0..<count {
            let moment = Duration.milliseconds(Int.random(in: 0...600, using: &numbers))
            try await withParts { cluster, database in
                try await Place.make { place in
                    let words = [
                        "dump", "-d", database, "--to", place.container, "--name", "cut", "--compress", "none",
                        "--bandwidth", "5MiB", "--memory", jobs == 1 ? "20MiB" : "32MiB", "--jobs", "\(jobs)",
                    ]
                    try await place.penstock(cluster).during(words) { dump in
                        try await eventually("a session of the dump") { try await cluster.sessions(in: database) > 0 }
                        async let waiting: Void = slipThrough(in: database, on: cluster)
                        try await Task.sleep(for: moment)
                        let killed = try await cluster.value(
                            """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE datname = $1 AND application_name = $2 ORDER BY random() LIMIT 1
                            """, [database, PostgresCluster.applicationName])
                        let finished = try await dump.finish()
                        try await waiting
                        if finished.code == 0 {
                            try await expectWholeDump(place, cluster, of: database)
                        } else {
                            ended += 1
                            #expect(killed == "t")
                            // The session may be that of pg_dump, or our own that asks for the time.
                            let code: Int32 = finished.code == 13 ? 13 : 1
                            // Where pg_dump's session ends, pg_dump says that the server closed it.
                            finished.expectingRefusal(code, saying: code == 13 ? "terminating" : "the connection")
                            #expect(try await place.blobs() == [:])
                        }
                    }
                }
            }
        }
        print("dumps with \(jobs) jobs: \(ended) of \(count) ended with one of their sessions")
        #expect(ended > 0 || Soak.rounds == nil)
    }

    /// Truncates one table and alters another, as soon as that can be had.
    private func slipThrough(in database: String, on cluster: PostgresCluster) async throws {
        async let truncating: Void = cluster.run("TRUNCATE part_2", in: database)
        async let altering: Void = cluster.run("ALTER TABLE part_3 DROP filling", in: database)
        _ = try await (truncating, altering)
    }

    /// Expects all rows of each table, or none of the one that may have been truncated before the dump saw it.
    private func expectWholeDump(_ place: Place, _ cluster: PostgresCluster, of database: String) async throws {
        let target = PostgresCluster.uniqueName("cut_target")
        try await cluster.run("CREATE DATABASE \(target) TEMPLATE template0")
        try await place.penstock(cluster).run("restore", place.container + "/cut", "-d", target, "--yes").expecting()
        for table in Self.tables + ["item"] {
            let rows = try await cluster.value("SELECT count(*) FROM \(table)", in: target)
            #expect(rows == "\(Self.rows)" || (table == "part_2" && rows == "0"), "\(table)")
        }
        try await cluster.dropDatabase(target)
    }
}
