import ByteStreams
import Diagnostics
import SystemCalls
import TestSupport
import Testing

@testable import PostgresClient

@Suite(
    "COPY out of a server", .tags(.postgres),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct CopyTests {
    private static func all(
        _ statement: String, on connection: PostgresConnection, buffer: Int
    ) async throws -> (bytes: [UInt8], rows: Int?) {
        var output = try await connection.copyOut(statement)
        var bytes: [UInt8] = []
        while case let piece = try await [UInt8].filled(capacity: buffer, { try await output.read(into: &$0) }),
            !piece.isEmpty
        {
            bytes += piece
        }
        return (bytes, output.rowCount)
    }

    @Test("gives every byte, however small the buffer, and the number of rows", arguments: [1, 7, 64 << 10])
    func bytes(buffer: Int) async throws {
        try await PostgresCluster.shared().connected { connection in
            let count = buffer == 1 ? 50 : 20_000
            let (bytes, rows) = try await Self.all(
                "COPY (SELECT g, repeat('x', g % 50) FROM generate_series(1, \(count)) g) TO STDOUT", on: connection,
                buffer: buffer)
            let expected = (1...count).map { "\($0)\t\(String(repeating: "x", count: $0 % 50))\n" }.joined()
            #expect(bytes == Array(expected.utf8))
            #expect(rows == count)
            let next = try await connection.query("SELECT 1")
            #expect(next.firstValue == "1")
        }
    }

    @Test("gives rows larger than any buffer, and none at all")
    func extremes() async throws {
        try await PostgresCluster.shared().connected { connection in
            let (large, one) = try await Self.all(
                "COPY (SELECT repeat('y', 5000000)) TO STDOUT", on: connection, buffer: 64 << 10)
            #expect(large.count == 5_000_001)
            #expect(one == 1)
            let (none, zero) = try await Self.all("COPY (SELECT 1 WHERE false) TO STDOUT", on: connection, buffer: 10)
            #expect(none.isEmpty)
            #expect(zero == 0)
        }
    }

    @Test("that is refused leaves the connection as it was")
    func refused() async throws {
        try await PostgresCluster.shared().connected { connection in
            let error = await #expect(throws: PostgresError.self) {
                _ = try await Self.all("COPY nosuch TO STDOUT", on: connection, buffer: 10)
            }
            #expect(error?.sqlState == "42P01")
            await #expect(throws: PostgresError.self) { _ = try await connection.copyOut("SELECT 1") }
            let next = try await connection.query("SELECT 2")
            #expect(next.firstValue == "2")
        }
    }

    @Test("that fails after many rows never ends well")
    func failsLate() async throws {
        try await PostgresCluster.shared().connected { connection in
            let error = await #expect(throws: PostgresError.self) {
                _ = try await Self.all(
                    "COPY (SELECT 1 / (30000 - g) FROM generate_series(1, 30000) g) TO STDOUT", on: connection,
                    buffer: 1000)
            }
            #expect(error?.sqlState == "22012")
            let next = try await connection.query("SELECT 3")
            #expect(next.firstValue == "3")
        }
    }

    @Test("whose session is ended never ends well", .timeLimit(.minutes(5)))
    func terminated() async throws {
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { connection in
            let process = try #require(try await connection.query("SELECT pg_backend_pid()").firstValue)
            var output = try await connection.copyOut(
                "COPY (SELECT repeat('z', 1000) FROM generate_series(1, 1000000)) TO STDOUT")
            _ = try await [UInt8].filled(capacity: 5000) { try await output.read(into: &$0) }
            try await cluster.connected { _ = try await $0.query("SELECT pg_terminate_backend(\(process))") }
            var failure: PostgresError?
            do {
                while case let piece = try await [UInt8].filled(
                    capacity: 1 << 20, { try await output.read(into: &$0) }), !piece.isEmpty
                {}
            } catch let error as PostgresError {
                failure = error
            }
            #expect(failure?.kind == .connectionLost)
            #expect(output.rowCount == nil)
        }
    }

    @Test("ends with its task, and takes no other statement meanwhile", .timeLimit(.minutes(5)))
    func cancelled() async throws {
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { connection in
            let process = try #require(try await connection.query("SELECT pg_backend_pid()").firstValue)
            let task = Task {
                var output = try await connection.copyOut(
                    "COPY (SELECT g, pg_sleep(CASE WHEN g = 100 THEN 1000 END) FROM generate_series(1, 100) g) TO STDOUT"
                )
                await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
                while case let piece = try await [UInt8].filled(capacity: 10, { try await output.read(into: &$0) }),
                    !piece.isEmpty
                {}
            }
            try await cluster.connected { other in
                let sleeps = "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = \(process)"
                try await eventually { try await other.query(sleeps).firstValue == "t" }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                let lives = "SELECT count(*) FROM pg_stat_activity WHERE pid = \(process) AND wait_event = 'PgSleep'"
                try await eventually { try await other.query(lives).firstValue == "0" }
            }
            await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        }
    }
}

@Suite(
    "A snapshot that sessions share", .tags(.postgres),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct SnapshotTests {
    @Test("is held as long as its transaction is open, by a session of the server's own")
    func held() async throws {
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { connection in
            #expect(try await !connection.isPooled())
            try await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try await connection.query("LOCK TABLE pg_catalog.pg_class IN ACCESS SHARE MODE")
            let snapshot = try await connection.exportSnapshot()
            #expect(try await connection.tablesLocked().contains(1259))
            #expect(try await connection.holds(snapshot))
            try await cluster.connected { other in
                try await other.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
                try await other.query("SET TRANSACTION SNAPSHOT \(SQL.literal(snapshot.id))")
                #expect(try await !other.holds(snapshot))
            }
            #expect(try await connection.holds(snapshot))
            try await connection.query("COMMIT")
            #expect(try await !connection.holds(snapshot))
            try await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try await cluster.connected { _ = try await $0.query("CREATE TABLE moves_on_\(snapshot.process) ()") }
            #expect(try await !connection.holds(snapshot))
        }
    }

    @Test("is read by sessions of its own server alone")
    func ownServer() async throws {
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { connection in
            try await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
            let snapshot = try await connection.exportSnapshot()
            let others = [
                ExportedSnapshot(
                    id: "0000000F-00000FFF-1", process: snapshot.process, vision: snapshot.vision,
                    serverStart: snapshot.serverStart),
                // As on a server that has a snapshot of the same name by chance.
                ExportedSnapshot(
                    id: snapshot.id, process: snapshot.process, vision: snapshot.vision,
                    serverStart: snapshot.serverStart + 1),
                ExportedSnapshot(
                    id: snapshot.id, process: snapshot.process, vision: "1:1:", serverStart: snapshot.serverStart),
            ]
            try await cluster.connected { session in
                let isOwn = try await session.begin(on: snapshot)
                #expect(isOwn)
                try await session.query("ROLLBACK")
                for other in others {
                    let isOther = try await !session.begin(on: other)
                    #expect(isOther, "\(other)")
                    try await session.query("ROLLBACK")
                }
            }
        }
    }

    @Test("finds the tables that a dump reads, with their columns")
    func tables() async throws {
        let cluster = try await PostgresCluster.shared()
        let schema = PostgresCluster.uniqueName("Tábles \"q\"")
        let quoted = SQL.identifier(schema)
        try await cluster.connected { connection in
            try await connection.query("CREATE SCHEMA \(quoted)")
            try await connection.query(
                "CREATE TABLE \(quoted).a (x int, gone int, \"ü \"\"y\" text, twice int GENERATED ALWAYS AS (x * 2) STORED)"
            )
            try await connection.query("ALTER TABLE \(quoted).a DROP COLUMN gone")
            try await connection.query("CREATE TABLE \(quoted).p (k int) PARTITION BY LIST (k)")
            try await connection.query("CREATE TEMPORARY TABLE private (x int)")
            try await connection.query("INSERT INTO \(quoted).a SELECT g, g FROM generate_series(1, 10000) g")
            let tables = try await connection.tables().filter { $0.schema == schema }.sorted { $0.name < $1.name }
            #expect(tables.map(\.name) == ["a", "p"])
            #expect(tables.map(\.holdsRows) == [true, false])
            let table = try #require(tables.first)
            #expect(table.columns == ["x", "ü \"y"])
            #expect(table.isHeap)
            #expect(table.condition == nil)
            #expect(table.pages > 10)
            #expect(table.sizeBytes >= table.pages * 8192)
            let names = try await connection.readableTables()
            #expect(Set(names.map(\.oid)).isSuperset(of: tables.map(\.oid)))
            #expect(!names.contains { $0.name == "private" })
            // The same name, in ASCII alone.
            let ascii = "\(SQL.asciiIdentifier(schema)).a"
            #expect(ascii.utf8.allSatisfy { $0 < 0x80 })
            let found = try await connection.query("SELECT count(*) FROM \(ascii)")
            #expect(found.firstValue == "10000")
            try await connection.query("DROP SCHEMA \(quoted) CASCADE")
        }
    }
}
