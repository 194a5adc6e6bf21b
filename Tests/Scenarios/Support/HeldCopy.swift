import Glibc
import PostgresClient
import TestSupport
import Testing

/// A dump by several sessions that is held in the middle of its tables: the store takes nothing, and so each session waits
/// for the other end to read.
struct HeldCopy: Sendable {
    let place: Place
    let cluster: PostgresCluster
    let running: Running
    let database: String

    static let name = "held"
    /// In ranges of 8 MiB, of which two are under way: more than the dump may have in memory.
    static let rows = 20_000

    /// - Parameters:
    ///   - preparation: Run in the database before the dump.
    ///   - jobs: How many sessions are to read.
    ///   - concurrency: How many requests have their share of the memory, and what they have no block has.
    ///   - condition: When so many of the dump's sessions are such, `body` is run.
    static func during(
        _ preparation: String = "", rows: Int = Self.rows, jobs: Int = 2, concurrency: Int = 2,
        until condition: String = "\(copying) AND wait_event = 'ClientWrite'", sessions: Int = 1,
        _ body: (HeldCopy) async throws -> Void
    ) async throws {
        let cluster = try await PostgresCluster.shared()
        let database = PostgresCluster.uniqueName("held_copy")
        try await withDatabases([database], in: cluster, rows: rows) {
            try await cluster.run(preparation, in: database)
            try await Place.make { place in
                let words = [
                    "dump", "-d", database, "--to", place.container, "--name", name, "--jobs", "\(jobs)",
                    "--compress", "none", "--memory", "16MiB", "--concurrency",
                    "\(concurrency)", "--retry-for", "20", "--verbose",
                ]
                // From here on nothing is asked of the store before blocks are full.
                let stop = { @Sendable (line: String) in
                    if line.contains("dumping database") { place.server.running.send(SIGSTOP) }
                }
                try await place.penstock(cluster).during(words, watch: stop) { running in
                    let held = HeldCopy(place: place, cluster: cluster, running: running, database: database)
                    try await eventually("sessions that \(condition)", within: .seconds(20)) {
                        try await held.sessions(condition) >= sessions
                    }
                    do {
                        try await body(held)
                    } catch {
                        held.release()
                        throw error
                    }
                }
            }
        }
    }

    /// Lets the store go on.
    func release() { place.server.running.send(SIGCONT) }

    private static let ours = "datname = $1 AND application_name = '\(PostgresCluster.applicationName)'"
    /// The session that holds the snapshot and the locks.
    static let holder = "state = 'idle in transaction' AND query NOT LIKE 'COPY%'"

    /// A session that copies a range; pg_dump's own statement looks otherwise.
    static let copying = "query LIKE 'COPY (SELECT%' AND state = 'active'"

    /// How many of the dump's sessions are such.
    func sessions(_ condition: String) async throws -> Int {
        let count = try await cluster.value(
            "SELECT count(*) FROM pg_stat_activity WHERE \(Self.ours) AND \(condition)", [database])
        return count.flatMap { Int($0) } ?? -1
    }

    /// Ends one of the dump's sessions.
    func terminate(_ condition: String) async throws {
        let ended = try await cluster.value(
            """
            SELECT count(pg_terminate_backend(pid)) FROM (
                SELECT pid FROM pg_stat_activity WHERE \(Self.ours) AND \(condition) LIMIT 1) s
            """, [database])
        #expect(ended == "1")
    }

    /// Runs a statement that must wait for the dump, while `body` runs; then waits for its end.
    func whileWaiting(_ statement: String, _ body: () async throws -> Void) async throws {
        let (cluster, database) = (cluster, database)
        async let done: Void = cluster.run(statement, in: database)
        try await eventually("a lock that `\(statement)` waits for") {
            try await cluster.value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND query = $2 AND wait_event_type = 'Lock'",
                [database, statement]) == "1"
        }
        try await body()
        try await done
    }

    /// Expects what holds after every dump that died: nothing is visible, nothing runs.
    func expectNothingHappened(at location: SourceLocation = #_sourceLocation) async throws {
        try await place.expectNothingLeft(in: [database], on: cluster, at: location)
        #expect(try await place.blobs() == [:], sourceLocation: location)
    }
}
