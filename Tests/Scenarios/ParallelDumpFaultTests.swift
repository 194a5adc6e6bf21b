import Glibc
import PostgresClient
import Synchronization
import SystemCalls
import TestSupport
import Testing

@Suite(
    "A dump by several sessions that is disturbed", .tags(.postgres, .faults), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct ParallelDumpFaultTests {
    @Test("fails when the session with the locks ends, and TRUNCATE slips through")
    func holderEnds() async throws {
        try await HeldCopy.during { held in
            try await held.whileWaiting("TRUNCATE item") {
                try await held.terminate(HeldCopy.holder)
                held.release()
                try await held.running.finish()
                    .expectingRefusal(13, saying: held.database, "held the snapshot", hint: "dump again")
            }
            #expect(try await held.cluster.value("SELECT count(*) FROM item", in: held.database) == "0")
            try await held.expectNothingHappened()
        }
    }

    @Test("fails when the session with the locks ends although every row has been read")
    func holderEndsLast() async throws {
        // Two ranges, and so nothing is begun after the locks are lost.
        try await HeldCopy.during(rows: 12_000, until: "query LIKE 'COPY (SELECT%'", sessions: 2) { held in
            try await held.terminate(HeldCopy.holder)
            held.release()
            try await held.running.finish()
                .expectingRefusal(13, saying: held.database, "held the snapshot", hint: "dump again")
            try await held.expectNothingHappened()
        }
    }

    @Test("fails and names the table when a session that copies ends")
    func copyEnds() async throws {
        try await HeldCopy.during { held in
            try await held.terminate(HeldCopy.copying)
            held.release()
            try await held.running.finish().expectingRefusal(
                13, saying: "public.item", "connection", hint: "dump again")
            try await held.expectNothingHappened()
        }
    }

    @Test(
        "holds every row although somebody waits to change a table",
        arguments: [
            "TRUNCATE item", "ALTER TABLE item ALTER filling TYPE bytea USING ''",
        ])
    func somebodyWaits(statement: String) async throws {
        try await HeldCopy.during { held in
            let digest = "SELECT md5(string_agg(md5(x.*::text), '' ORDER BY id)) FROM item x"
            let before = try await held.cluster.value(digest, in: held.database)
            try await held.whileWaiting(statement) {
                held.release()
                try await held.running.finish().expecting()
            }
            #expect(try await held.cluster.value(digest, in: held.database) != before)
            let archive = try await held.place.download("\(HeldCopy.name)_database_\(held.database).sql")
            try await held.cluster.run("DROP TABLE item", in: held.database)
            try await held.cluster.program("pg_restore", ["-d", held.database], input: archive).expecting()
            #expect(try await held.cluster.value(digest, in: held.database) == before)
        }
    }

    @Test(
        "goes on while somebody waits to rebuild an index, with many sessions and little memory",
        .timeLimit(.minutes(4)))
    func indexIsRebuilt() async throws {
        // Sixteen ranges: each session begins another one, and then waits behind whoever rebuilds the index.
        try await HeldCopy.during(rows: 125_000, jobs: 10, concurrency: 4) { held in
            try await held.whileWaiting("REINDEX TABLE item") {
                held.release()
                try await held.running.finish().expecting()
            }
            let archive = try await held.place.download("\(HeldCopy.name)_database_\(held.database).sql")
            try await held.cluster.run("DROP TABLE item", in: held.database)
            try await held.cluster.program("pg_restore", ["-d", held.database], input: archive).expecting()
            #expect(try await held.cluster.value("SELECT count(*) FROM item", in: held.database) == "125000")
        }
    }

    @Test("lifts what the server ends sessions by")
    func timeouts() async throws {
        let settings = ["statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout"].map {
            "EXECUTE format('ALTER DATABASE %I SET \($0) = 500', current_database());"
        }
        try await HeldCopy.during("DO $$ BEGIN \(settings.joined(separator: " ")) END $$") { held in
            // Nothing comes about in that time, which is what is to be shown; what ended would do so now.
            try await Task.sleep(for: .seconds(2))
            #expect(try await held.sessions(HeldCopy.holder) == 1)
            held.release()
            try await held.running.finish().expecting()
        }
    }

    @Test("waits for its locks longer than the server lets others wait")
    func lockTimeout() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("lock_timeout")
        try await withDatabases([name], in: cluster) {
            try await cluster.run("ALTER DATABASE \(name) SET lock_timeout = 100", in: name)
            try await Place.make { place in
                try await cluster.connected(to: name) { lock in
                    try await lock.query("BEGIN")
                    try await lock.query("LOCK TABLE item IN ACCESS EXCLUSIVE MODE")
                    let words = ["dump", "-d", name, "--to", place.container, "--jobs", "2"]
                    try await place.penstock(cluster).during(words) { running in
                        try await eventually("a session that has waited") {
                            try await cluster.value(
                                """
                                SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'
                                AND clock_timestamp() - query_start > '1s'
                                """, [name]) == "1"
                        }
                        try await lock.query("COMMIT")
                        try await running.finish().expecting()
                    }
                }
            }
        }
    }

    @Test("says so when a session comes to another server", arguments: 2...9)
    func otherServer(turn: Int) async throws {
        let cluster = try await PostgresCluster.shared()
        let other = try await PostgresCluster.shared(for: "another server")
        let name = "spread_\(turn)"
        let connections = Mutex(0)
        // Like a balancer of load that sends everybody elsewhere from some moment on.
        let balancer = try ScriptedServer { connection in
            let number = connections.withLock { number in
                number += 1
                return number
            }
            try connection.relay(toSocket: "\((number < turn ? cluster : other).host)/.s.PGSQL.\(cluster.port)")
        }
        try await withDatabases([name], in: cluster, rows: 1000) {
            try await withDatabases([name], in: other, rows: 1000) {
                try await Place.make { place in
                    var penstock = place.penstock(cluster)
                    penstock.environment["PGHOST"] = "localhost"
                    penstock.environment["PGPORT"] = "\(balancer.port)"
                    let finished = try await penstock.run("dump", "-d", name, "--to", place.container, "--jobs", "2")
                    print(
                        "elsewhere from connection \(turn) of \(connections.withLock { $0 }): \(finished.status)")
                    // All sessions of the database had come to one server, or the dump failed.
                    if finished.code != 0 {
                        finished.expectingRefusal(1, saying: "another server", hint: "--jobs 1")
                        #expect(try await place.blobs() == [:])
                    }
                }
            }
        }
    }

    @Test("fails when schemas are swapped, and one table has the name of another")
    func swappedSchemas() async throws {
        let staging = "CREATE SCHEMA staging CREATE TABLE item (id int PRIMARY KEY, filling text)"
        try await HeldCopy.during(staging) { held in
            for (old, new) in [("public", "other"), ("staging", "public"), ("other", "staging")] {
                try await held.cluster.run("ALTER SCHEMA \(old) RENAME TO \(new)", in: held.database)
            }
            held.release()
            let finished = try await held.running.finish()
            finished.expectingRefusal(1, saying: held.database, hint: "dump again")
            try await held.expectNothingHappened()
        }
    }

    @Test("ends soon with 130 when it is interrupted")
    func interrupted() async throws {
        try await HeldCopy.during { held in
            let start = ContinuousClock.now
            held.running.send(SIGINT)
            try await held.running.finish().expecting(130)
            #expect(ContinuousClock.now - start < InterruptTests.limit)
            held.release()
            try await held.expectNothingHappened()
        }
    }

    @Test("is given up when its snapshot gets too old", arguments: ["1", "2"])
    func tooOld(jobs: String) async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("old")
        try await withDatabases([name], in: cluster) {
            try await Place.make { place in
                try await cluster.connected(to: name) { lock in
                    try await lock.query("BEGIN")
                    try await lock.query("LOCK TABLE item IN ACCESS EXCLUSIVE MODE")
                    try await place.penstock(cluster).run(
                        "dump", "-d", name, "--to", place.container, "--jobs", jobs, "--max-snapshot-age", "1s"
                    ).expectingRefusal(16, saying: name, "snapshot", hint: "--max-snapshot-age")
                }
                #expect(try await place.blobs() == [:])
                try await place.expectNothingLeft(in: [name], on: cluster)
            }
        }
    }

    @Test("fails when the pg_dump that gives the table of contents is killed")
    func contentsKilled() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("contents")
        try await withDatabases([name], in: cluster) {
            try await cluster.run("CREATE SEQUENCE number", in: name)
            try await Place.make { place in
                try await cluster.connected(to: name) { lock in
                    try await lock.query("BEGIN")
                    // Only pg_dump reads sequences; it does so before it writes anything.
                    try await lock.query("ALTER SEQUENCE number RENAME TO other")
                    let words = ["dump", "-d", name, "--to", place.container, "--jobs", "2"]
                    try await place.penstock(cluster).during(words) { running in
                        try await eventually("a pg_dump that waits") {
                            try await cluster.value(
                                """
                                SELECT count(*) FROM pg_stat_activity
                                WHERE datname = $1 AND wait_event_type = 'Lock'
                                """, [name]) == "1"
                        }
                        let child = try #require(try ProcessTable.children(of: running.id, named: "pg_dump").first)
                        kill(child.id, SIGKILL)
                        try await running.finish().expectingRefusal(1, saying: name, "signal 9", hint: "dump again")
                        try await lock.query("ROLLBACK")
                        try await place.expectNothingLeft(of: [child.id], in: [name], on: cluster)
                        #expect(try await place.blobs() == [:])
                    }
                }
            }
        }
    }

    @Test("fails when the pg_dump that reads the large objects is killed")
    func objectsKilled() async throws {
        let objects = "SELECT lo_from_bytea(0, decode(repeat('00', 20000000), 'hex')) FROM generate_series(1, 3)"
        try await HeldCopy.during(objects, until: HeldCopy.holder) { held in
            var child: ProcessTable.Entry?
            try await eventually("a pg_dump without table data") {
                child = try ProcessTable.children(of: held.running.id, named: "pg_dump").first { entry in
                    let words = try? Files.contents(of: "/proc/\(entry.id)/cmdline")
                    return String(decoding: words ?? [], as: UTF8.self).contains("--exclude-table-data=*.*")
                }
                return child != nil
            }
            let id = try #require(child).id
            kill(id, SIGKILL)
            held.release()
            try await held.running.finish().expectingRefusal(1, saying: held.database, "signal 9", hint: "dump again")
            try await held.expectNothingHappened()
        }
    }

    @Test("at random moments by the end of any session never loses a row that it says it has")
    func randomSoak() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("random")
        let copy = PostgresCluster.uniqueName("random_copy")
        var numbers = SeededGenerator(seed: Soak.seed)
        print("seed \(Soak.seed): PENSTOCK_SEED repeats the moments")
        try await withDatabases([name, copy], in: cluster, rows: 0) {
            try await cluster.run("DROP TABLE item", in: copy)
            let rounds = Soak.rounds ?? 2
            var whole = 0
            for round in 0..<rounds {
                let isWhole = try await Moment(cluster: cluster, name: name, copy: copy).run(
                    truncating: .milliseconds(Int.random(in: 0..<600, using: &numbers)),
                    after: .milliseconds(Int.random(in: 0..<400, using: &numbers)),
                    ending: Int.random(in: 0..<4, using: &numbers), round: round)
                if isWhole { whole += 1 }
            }
            print("\(whole) of \(rounds) dumps were whole, the others ended with one of their sessions")
            #expect(rounds < 10 || (rounds / 10...rounds - rounds / 10).contains(whole))
        }
    }
}

/// One dump during which a session ends while somebody waits to truncate.
private struct Moment {
    let cluster: PostgresCluster
    let name: String
    let copy: String

    private static let rows = 12_000

    private func truncate() async throws { try await cluster.run("TRUNCATE item", in: name) }

    /// - Returns: Whether the dump succeeded; if it failed, it was because a session was ended, or an error is recorded.
    func run(
        truncating begin: Duration, after delay: Duration, ending victim: Int, round: Int
    ) async throws -> Bool {
        try await cluster.run("TRUNCATE item", in: name)
        try await cluster.run(
            "INSERT INTO item SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, \(Self.rows)) i", in: name)
        return try await Place.make { place in
            let words = [
                "dump", "-d", name, "--to", place.container, "--name", "m", "--jobs", "3", "--compress", "none",
            ]
            let (finished, hasEnded) = try await place.penstock(cluster).during(words) { running in
                try await eventually("a session that holds the table, or the end") {
                    try await cluster.value(
                        "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'item'::regclass AND granted", in: name)
                        == "t" || !ProcessTable.isAlive(running.id)
                }
                try await Task.sleep(for: begin)
                async let truncated: Void = truncate()
                try await Task.sleep(for: delay)
                // Whichever it is at that moment: the holder of the locks, one that copies, a pg_dump.
                let hasEnded =
                    try await cluster.value(
                        """
                        SELECT pg_terminate_backend(pid) FROM (
                            SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = $2
                            ORDER BY backend_start OFFSET $3::int LIMIT 1) s
                        """, [name, PostgresCluster.applicationName, "\(victim)"]) == "t"
                let finished = try await running.finish()
                try await truncated
                return (finished, hasEnded)
            }
            print(
                "round \(round): TRUNCATE after \(begin), session \(victim) ended after \(delay), and the dump with \(finished.status)"
            )
            guard finished.code == 0 else {
                // A pg_dump that comes behind the TRUNCATE waits for its locks no longer than 20 seconds.
                let hasWaited = finished.errors.contains("canceling statement due to statement timeout")
                #expect(hasEnded || hasWaited)
                finished.expectingRefusal(
                    finished.code == 13 ? 13 : 1, saying: hasWaited ? "LOCK TABLE" : "connection")
                #expect(try await place.blobs() == [:])
                return false
            }
            let archive = try await place.download("m_database_\(name).sql")
            try await cluster.program("pg_restore", ["-d", copy], input: archive).expecting()
            #expect(try await cluster.value("SELECT count(*) FROM item", in: copy) == "\(Self.rows)")
            try await cluster.run("DROP TABLE item", in: copy)
            return true
        }
    }
}
