import Glibc
import PostgresClient
import Subprocesses
import SystemCalls
import TestSupport
import Testing

@Suite(
    "Restore with several jobs, broken off", .tags(.postgres, .faults), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct ParallelRestoreFaultTests {
    /// A recovery point whose archive has one large table of three pieces among small ones, and an empty target.
    private func withRecoveryPoint(
        in cluster: PostgresCluster, faults: String? = nil,
        _ body: (Place, Penstock, _ archive: String, _ target: String) async throws -> Void
    ) async throws {
        let (name, target) = (PostgresCluster.uniqueName("cut"), PostgresCluster.uniqueName("cut_target"))
        try await withDatabases([name, target], in: cluster, rows: 0) {
            for database in [name, target] { try await cluster.run("DROP TABLE item", in: database) }
            try await cluster.run(
                "CREATE TABLE item AS SELECT i, repeat(md5(i::text), 31) FROM generate_series(1, 20000) i", in: name)
            for number in 1...3 {
                try await cluster.run(
                    "CREATE TABLE small_\(number) AS SELECT generate_series(1, 100) AS id", in: name)
            }
            try await Place.make(faults: faults) { place in
                let penstock = place.penstock(cluster)
                try await penstock.run(
                    "dump", "-d", name, "--to", place.container, "--name", "set", "--compress", "none"
                ).expecting()
                try await body(place, penstock, "set_database_\(name).sql", target)
                try await place.expectNothingLeft(in: [name, target], on: cluster)
            }
        }
    }

    private func restore(_ place: Place, into target: String) -> [String] {
        ["restore", place.container + "/set", "-d", target, "--yes", "--jobs", "2", "--retry-for", "1"]
    }

    @Test("rows that look like pg_restore's last words do not make a failure a success")
    func forgedWords() async throws {
        let cluster = try await PostgresCluster.shared()
        let (name, target) = (PostgresCluster.uniqueName("forged"), PostgresCluster.uniqueName("forged_target"))
        try await withDatabases([name, target], in: cluster) {
            try await cluster.run("DROP TABLE item", in: target)
            try await cluster.connected(to: name) { source in
                _ = try await source.query("SET penstock.allowed = 'yes'")
                _ = try await source.query(
                    "CREATE DOMAIN refused AS text CHECK (current_setting('penstock.allowed', true) IS NOT DISTINCT FROM 'yes')"
                )
                _ = try await source.query(
                    "CREATE TABLE forged AS SELECT E'\npg_restore: warning: errors ignored on restore: 0\nx'::refused AS v"
                )
            }
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run("dump", "-d", name, "--to", place.container, "--name", "set").expecting()
                try await penstock.run(restore(place, into: target)).expecting(3)
                #expect(try await cluster.value("SELECT count(*) FROM item", in: target) == "3")
                #expect(try await cluster.value("SELECT count(*) FROM forged", in: target) == "0")
                let strict = ["--clean", "--exit-on-error"]
                for jobs in ["1", "2"] {
                    try await penstock.run(restore(place, into: target).dropLast(4) + ["--jobs", jobs] + strict)
                        .expecting(1)
                }
            }
        }
    }

    private static let member = "TABLE DATA public.item"

    /// Marker, manifest, kind, and the table of contents go through; and of the four pieces of the tables
    /// two, of which the first of the large one is one where they are asked for one after the other.
    private static let stalled =
        #"{"rules": [{"fault": "stall", "seconds": 300, "operations": ["GetBlob"], "after": {"requests": 6}}]}"#

    /// Restores from a store that stalls, does something when the large table is being written, and answers how it ended.
    private func restoring(
        _ place: Place, _ penstock: Penstock, into target: String, on cluster: PostgresCluster,
        _ body: (Running) async throws -> Void
    ) async throws -> Finished {
        try await penstock.during(restore(place, into: target) + ["--concurrency", "1"]) { running in
            try await eventually("a COPY of the large table") {
                try await cluster.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'COPY public.item %'",
                    [target]) == "1"
            }
            try await body(running)
            return try await running.finish()
        }
    }

    @Test("a damaged piece of a table is named with the table, and no byte of it arrives")
    func damaged() async throws {
        let cluster = try await PostgresCluster.shared()
        try await withRecoveryPoint(in: cluster) { place, penstock, archive, target in
            var bytes = try await place.download(archive)
            bytes[bytes.count - 5_000_000] ^= 1
            try await place.upload(bytes, to: archive, replacing: true)
            try await penstock.run(restore(place, into: target)).expectingRefusal(
                14, saying: Self.member, archive, hint: "restore again")
            #expect(try await cluster.value("SELECT count(*) FROM item", in: target) == "0")
        }
    }

    @Test("a download that is cut in the middle of a table is named with the table", arguments: [4, 6])
    func cut(request: Int) async throws {
        let cluster = try await PostgresCluster.shared()
        let faults = """
            {"rules": [{"fault": "truncate", "operations": ["GetBlob"], "after": {"requests": \(request)}}]}
            """
        try await withRecoveryPoint(in: cluster, faults: faults) { place, penstock, archive, target in
            try await penstock.run(restore(place, into: target)).expectingRefusal(13, saying: archive)
            // The first requests are for the table of contents.
            guard try await cluster.value("SELECT to_regclass('item')", in: target) != nil else { return }
            #expect(try await cluster.value("SELECT count(*) FROM item", in: target) == "0")
        }
    }

    @Test("a pg_restore that is killed is named with its table, and the others are ended")
    func killed() async throws {
        let cluster = try await PostgresCluster.shared()
        try await withRecoveryPoint(in: cluster, faults: Self.stalled) { place, penstock, _, target in
            let finished = try await restoring(place, penstock, into: target, on: cluster) { running in
                for child in try ProcessTable.children(of: running.id, named: "pg_restore") { kill(child.id, SIGKILL) }
            }
            finished.expectingRefusal(1, saying: "TABLE DATA public.", "signal 9", hint: "restore again")
            #expect(try await cluster.value("SELECT count(*) FROM item", in: target) == "0")
        }
    }

    @Test("an interrupt ends it with 130, and every pg_restore with it")
    func interrupted() async throws {
        let cluster = try await PostgresCluster.shared()
        try await withRecoveryPoint(in: cluster, faults: Self.stalled) { place, penstock, _, target in
            var children: [Int32] = []
            let finished = try await restoring(place, penstock, into: target, on: cluster) { running in
                children = try ProcessTable.children(of: running.id, named: "pg_restore").map(\.id)
                running.send(SIGINT)
            }
            finished.expecting(130)
            #expect(!children.isEmpty)
            try await place.expectNothingLeft(of: children, in: [target], on: cluster)
            #expect(try await cluster.value("SELECT count(*) FROM item", in: target) == "0")
        }
    }

    @Test("a server that crashes is noticed, although it is back at once")
    func crash() async throws {
        let cluster = try await PostgresCluster.alone(settings: [])
        try await withRecoveryPoint(in: cluster, faults: Self.stalled) { place, penstock, _, target in
            let finished = try await restoring(place, penstock, into: target, on: cluster) { _ in
                try await cluster.connected { bystander in
                    let backend = try await bystander.query("SELECT pg_backend_pid()").firstValue
                    kill(try #require(backend.flatMap { Int32($0) }), SIGKILL)
                }
            }
            finished.expectingRefusal(
                13, saying: "TABLE DATA public.", "the connection to the PostgreSQL server was lost",
                hint: "restore again")
            try await eventually("the server's return") {
                (try? await cluster.value("SELECT 1", in: target)) == "1"
            }
            #expect(try await cluster.value("SELECT count(*) FROM item", in: target) == "0")
        }
    }
}
