import Glibc
import PostgresClient
import TestSupport
import Testing

@Suite(
    "A dump of a standby by several sessions", .tags(.postgres), .serialized, .timeLimit(.minutes(5)),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct StandbyDumpTests {
    /// Begins a dump of 20,000 rows from a standby, whose store takes nothing, and then runs `body`.
    private func during(
        settings: [String], _ body: (Place, PostgresCluster, Standby, Running) async throws -> Void
    ) async throws {
        let primary = try await PostgresCluster.alone(settings: ["synchronous_commit=on"])
        try await primary.makeDatabase("data", rows: HeldCopy.rows)
        let standby = try await Standby.start(of: primary, settings: settings)
        try await standby.catchUp()
        try await Place.make { place in
            let words = [
                "dump", "-d", "data", "--to", place.container, "--name", "s", "--jobs", "3", "--compress", "none",
                "--memory", "16MiB", "--concurrency", "2", "--retry-for", "20", "--verbose",
            ]
            let stop = { @Sendable (line: String) in
                if line.contains("dumping database") { place.server.running.send(SIGSTOP) }
            }
            try await standby.penstock(place).during(words, watch: stop) { running in
                try await eventually("a session that copies", within: .seconds(20)) {
                    try await standby.value(
                        """
                        SELECT count(*) > 0 FROM pg_stat_activity
                        WHERE \(HeldCopy.copying) AND wait_event = 'ClientWrite'
                        """) == "t"
                }
                do {
                    try await body(place, primary, standby, running)
                } catch {
                    place.server.running.send(SIGCONT)
                    throw error
                }
            }
        }
    }

    @Test("has every row, although the primary truncates meanwhile and the standby waits")
    func waits() async throws {
        try await during(settings: ["max_standby_streaming_delay=-1"]) { place, primary, standby, running in
            try await primary.run("TRUNCATE item", in: "data")
            try await eventually("a standby that waits for the dump") {
                try await standby.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'startup' AND wait_event_type = 'Lock'")
                    == "1"
            }
            place.server.running.send(SIGCONT)
            try await running.finish().expecting()
            try await standby.catchUp()
            let archive = try await place.download("s_database_data.sql")
            try await primary.run("DROP TABLE item", in: "data")
            try await primary.program("pg_restore", ["-d", "data"], input: archive).expecting()
            #expect(try await primary.value("SELECT count(*) FROM item", in: "data") == "\(HeldCopy.rows)")
        }
    }

    @Test(
        "fails, and says why, when the standby ends its sessions",
        arguments: ["TRUNCATE item", "ALTER TABLE item DROP filling", "DELETE FROM item; VACUUM item"])
    func conflict(statements: String) async throws {
        try await during(settings: ["max_standby_streaming_delay=100ms"]) { place, primary, standby, running in
            for statement in statements.split(separator: ";") { try await primary.run(String(statement), in: "data") }
            // A session that writes to us is cancelled only when we read on: there is nothing to be seen before.
            try await Task.sleep(for: .seconds(2))
            place.server.running.send(SIGCONT)
            let finished = try await running.finish()
            finished.expectingRefusal(
                finished.code == 1 ? 1 : 13, saying: "data", hint: "max_standby_streaming_delay")
            #expect(try await place.blobs() == [:])
        }
    }
}
