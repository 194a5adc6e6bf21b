import Diagnostics
import PostgresClient
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("The session that holds a snapshot")
struct SnapshotHolderTests {
    /// A server of the wire protocol that answers every statement with one value.
    private static func server(announcing process: UInt8, answering value: String) throws -> ScriptedServer {
        try ScriptedServer { connection in
            guard try !connection.receive(atMost: 4096).isEmpty else { return }
            let version = Array("server_version\0".utf8) + Array("15.4\0".utf8)
            try connection.send(
                message("R", [0, 0, 0, 0]) + message("S", version)
                    + message("K", [0, 0, 0, process, 1, 2, 3, 4]) + message("Z", Array("I".utf8)))
            while try !connection.receive(atMost: 4096).isEmpty {
                let column: [UInt8] = [0, 1] + Array("pid\0".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 4]
                let row = [0, 1, 0, 0, 0, UInt8(value.utf8.count)] + Array(value.utf8)
                try connection.send(
                    message("1", []) + message("2", []) + message("T", column + [255, 255, 255, 255, 0, 0])
                        + message("D", row) + message("C", Array("SELECT 1\0".utf8)) + message("Z", Array("I".utf8)))
            }
        }
    }

    private static func message(_ type: Character, _ body: [UInt8]) -> [UInt8] {
        Array(String(type).utf8) + [0, 0, 0, UInt8(body.count + 4)] + body
    }

    private static func connected<Output>(
        to server: ScriptedServer, _ body: (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        let parameters = ConnectionParameters(
            host: "127.0.0.1", port: "\(server.port)", user: "somebody", target: "sslmode=disable gssencmode=disable")
        return try await withPostgresConnection(parameters, log: .silent, body)
    }

    @Test("is refused where a pool of connections answers with another server process")
    func pooled() async throws {
        let pool = try Self.server(announcing: 99, answering: "77")
        try await Self.connected(to: pool) { connection in
            let error = await #expect(throws: ParallelDumpError.self) {
                _ = try await SnapshotHolder.take(on: connection)
            }
            #expect(error?.kind == .pooled)
            #expect(error?.remedy?.contains("own port") == true)
        }
        let server = try Self.server(announcing: 77, answering: "77")
        let isPooled = try await Self.connected(to: server) { try await $0.isPooled() }
        #expect(!isPooled)
    }
}

@Suite(
    "The session that holds a snapshot of a server", .tags(.postgres), .timeLimit(.minutes(2)),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct SnapshotHolderServerTests {
    /// Connects to a database with the tables `first` and `second`, and hands over a way to connect again.
    private func withDatabase(
        _ body: (PostgresConnection, ConnectionParameters) async throws -> Void
    ) async throws {
        let cluster = try await PostgresCluster.shared()
        let server = ConnectionParameters(host: cluster.host, port: cluster.port, user: cluster.superuser)
        let name = PostgresCluster.uniqueName("holder")
        try await withPostgresConnection(server.database(named: "postgres"), log: .silent) { main in
            try await main.query("CREATE DATABASE \(name)")
            let parameters = server.database(named: name)
            try await withPostgresConnection(parameters, log: .silent) { connection in
                for table in ["first", "second"] { try await connection.query("CREATE TABLE \(table) (id int)") }
                try await body(connection, parameters)
            }
            try await main.query("DROP DATABASE \(name) WITH (FORCE)")
        }
    }

    /// Takes the snapshot on a session that must wait for a lock on a table, while `body` runs with the lock's session.
    private func takeWhile(
        locked table: String, _ parameters: ConnectionParameters,
        _ body: @Sendable (PostgresConnection) async throws -> Void,
        then check: (SnapshotHolder) async throws -> Void
    ) async throws {
        try await withPostgresConnection(parameters, log: .silent) { other in
            try await other.query("BEGIN")
            try await other.query("LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE")
            try await withPostgresConnection(parameters, log: .silent) { connection in
                // Long enough for what the test does meanwhile.
                try await connection.query("SET deadlock_timeout = '3s'")
                let process = try await connection.query("SELECT pg_backend_pid()").firstValue
                async let taken = SnapshotHolder.take(on: connection)
                try await withPostgresConnection(parameters, log: .silent) { observer in
                    while try await observer.query(
                        "SELECT count(*) FROM pg_stat_activity WHERE pid = $1::int AND wait_event_type = 'Lock'",
                        [process]
                    ).firstValue != "1" { try await Task.sleep(for: .milliseconds(5)) }
                }
                try await body(other)
                try await check(try await taken)
            }
        }
    }

    @Test("locks a table, too, that was made after the tables were listed")
    func newTable() async throws {
        try await withDatabase { connection, parameters in
            try await takeWhile(locked: "first", parameters) { other in
                try await withPostgresConnection(parameters, log: .silent) {
                    _ = try await $0.query("CREATE TABLE third (id int)")
                }
                try await other.query("COMMIT")
            } then: { holder in
                #expect(Set(holder.tables.values.map { $0.name }) == ["first", "second", "third"])
                let locked = try await holder.connection.tablesLocked()
                #expect(locked.isSuperset(of: holder.tables.keys))
                try await holder.requireHeld()
            }
        }
    }

    @Test("begins again when a table was dropped after the tables were listed")
    func droppedTable() async throws {
        try await withDatabase { connection, parameters in
            try await takeWhile(locked: "first", parameters) { other in
                try await withPostgresConnection(parameters, log: .silent) {
                    _ = try await $0.query("DROP TABLE second")
                }
                try await other.query("COMMIT")
            } then: { holder in
                #expect(holder.tables.values.map { $0.name } == ["first"])
                try await holder.requireHeld()
            }
        }
    }

    @Test("begins again when it is the one that ends a deadlock")
    func deadlock() async throws {
        try await withDatabase { connection, parameters in
            try await takeWhile(locked: "second", parameters) { other in
                try await other.query("SET deadlock_timeout = '1h'")
                try await other.query("LOCK TABLE first IN ACCESS EXCLUSIVE MODE")
                try await other.query("COMMIT")
            } then: { holder in
                #expect(holder.tables.count == 2)
                try await holder.requireHeld()
            }
        }
    }

    @Test("sees what was committed before it had its locks, also where TRUNCATE made the table anew")
    func locksComeFirst() async throws {
        try await withDatabase { connection, parameters in
            try await connection.query("INSERT INTO first SELECT generate_series(1, 10)")
            try await takeWhile(locked: "first", parameters) { other in
                try await other.query("TRUNCATE first")
                try await other.query("INSERT INTO first SELECT generate_series(1, 7)")
                try await other.query("COMMIT")
            } then: { holder in
                let rows = try await holder.connection.query("SELECT count(*) FROM public.first").firstValue
                #expect(rows == "7")
            }
        }
    }

    @Test("says at once which table it may not read", arguments: ["REVOKE SELECT ON", "REVOKE USAGE ON SCHEMA"])
    func notReadable(statement: String) async throws {
        let role = PostgresCluster.uniqueName("reader")
        try await withDatabase { connection, parameters in
            try await connection.query("CREATE ROLE \(role) LOGIN")
            try await connection.query("CREATE SCHEMA apart CREATE TABLE third (id int)")
            try await connection.query("GRANT SELECT ON ALL TABLES IN SCHEMA public, apart TO \(role)")
            try await connection.query("GRANT USAGE ON SCHEMA apart TO \(role)")
            var reading = parameters
            reading.user = role
            try await withPostgresConnection(reading, log: .silent) { reader in
                let holder = try await SnapshotHolder.take(on: reader)
                #expect(holder.tables.count == 3)
            }
            let what = statement.hasSuffix("SCHEMA") ? "apart" : "apart.third"
            try await connection.query("\(statement) \(what) FROM \(role)")
            try await withPostgresConnection(reading, log: .silent) { reader in
                let error = await #expect(throws: ParallelDumpError.self) {
                    _ = try await SnapshotHolder.take(on: reader)
                }
                #expect(error?.kind == .notReadable(table: "apart.third"))
                #expect(error?.exitCode == .notPermitted)
            }
            try await connection.query("DROP OWNED BY \(role)")
            try await connection.query("DROP ROLE \(role)")
        }
    }

    @Test("names the table of several that cannot be locked")
    func culprit() async throws {
        try await withDatabase { connection, _ in
            let lock = TableLock(
                ["first", "gone", "second"].map { TableLock.Target(name: "public.\($0)", quoted: "public.\($0)") })
            try await connection.query("BEGIN")
            let error = await #expect(throws: PostgresError.self) { try await lock.take(on: connection) }
            let explained = try await lock.explained(#require(error), on: connection) as? ParallelDumpError
            #expect(explained?.kind == .lockFailed(table: "public.gone"))
            let cause = explained?.cause as? PostgresError
            #expect(cause == error)
            #expect(explained?.remedy != nil)
        }
    }
}
