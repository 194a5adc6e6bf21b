import Glibc
import PostgresClient
import TestSupport
import Testing

/// A dump of two databases that is held in its middle: the first database is staged, and pg_dump waits for a lock in the
/// second.
struct HeldDump: Sendable {
    let place: Place
    let cluster: PostgresCluster
    let running: Running
    /// The databases, in the order in which they are dumped.
    let databases: [String]
    /// The child that waits.
    let pgDump: Int32
    let lock: PostgresConnection

    static let name = "held"

    /// Lets go of the lock; may be repeated.
    func release() async throws { _ = try await lock.query("ROLLBACK") }

    static func during(_ body: (HeldDump) async throws -> Void) async throws {
        let cluster = try await PostgresCluster.shared()
        let databases = [PostgresCluster.uniqueName("held"), PostgresCluster.uniqueName("held")]
        try await withDatabases(databases, in: cluster, rows: 100) {
            try await Place.make { place in
                try await cluster.connected(to: databases[1]) { lock in
                    _ = try await lock.query("BEGIN")
                    _ = try await lock.query("LOCK TABLE item IN ACCESS EXCLUSIVE MODE")
                    let words = [
                        "dump", "-d", databases[0], "-d", databases[1], "--to", place.container, "--name", name,
                        "--retry-for", "20",
                    ]
                    try await place.penstock(cluster).during(words) { running in
                        try await eventually("a pg_dump that waits") {
                            try await cluster.value(
                                """
                                SELECT count(*) FROM pg_stat_activity
                                WHERE datname = $1 AND wait_event_type = 'Lock'
                                """, [databases[1]]) == "1"
                        }
                        let child = try #require(try ProcessTable.children(of: running.id, named: "pg_dump").first)
                        try await body(
                            HeldDump(
                                place: place, cluster: cluster, running: running, databases: databases,
                                pgDump: child.id, lock: lock))
                    }
                }
            }
        }
    }

    /// Expects what holds after every dump that died before its first commit: nothing is visible, nothing runs, and the
    /// next dump works under the same name.
    func expectNothingHappened(at location: SourceLocation = #_sourceLocation) async throws {
        try await place.expectNothingLeft(of: [pgDump], in: databases, on: cluster, at: location)
        #expect(try await place.blobs() == [:], sourceLocation: location)
        try await release()
        try await place.penstock(cluster).run(
            "dump", "-d", databases[0], "-d", databases[1], "--to", place.container, "--name", Self.name
        ).expecting(at: location)
        #expect(try await place.expectNothingHalfDone(cluster, at: location) == [Self.name], sourceLocation: location)
    }
}
