import Diagnostics
import PostgresClient
import Synchronization
import SystemCalls
import TestSupport
import Testing

extension PostgresCluster {
    /// Runs `body` with a connection of the superuser.
    func connected<Output>(
        to database: String = "postgres", log: Log = .silent, _ body: (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        try await withPostgresConnection(parameters.database(named: database), log: log, body)
    }

    var parameters: ConnectionParameters { ConnectionParameters(host: host, port: port, user: superuser) }
}

@Suite(
    "A connection to a server", .tags(.postgres),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct ConnectionTests {
    @Test("runs statements and gives values, NULLs and empty results")
    func query() async throws {
        try await PostgresCluster.shared().connected { connection in
            let result = try await connection.query("SELECT 1 AS a, NULL AS b, $1::text AS c", ["é\n'\"\\"])
            #expect(result.columns == ["a", "b", "c"])
            #expect(result.rows == [["1", nil, "é\n'\"\\"]])
            #expect(result.command == "SELECT 1")
            let nothing = try await connection.query("SELECT 1 WHERE false")
            #expect(nothing.rows.isEmpty)
            #expect(nothing.firstValue == nil)
            let null = try await connection.query("SELECT $1::text IS NULL", [nil])
            #expect(null.firstValue == "t")
            #expect(try await connection.query("SELECT count(*) FROM generate_series(1, 20000)").firstValue == "20000")
            #expect(try await connection.query("SELECT * FROM generate_series(1, 20000)").rows.count == 20000)
        }
    }

    @Test("of several servers leads back to the one that it found, and to no other")
    func pinned() async throws {
        let cluster = try await PostgresCluster.shared()
        let first = try ScriptedServer { try $0.relay(toSocket: "\(cluster.host)/.s.PGSQL.\(cluster.port)") }
        let several = ConnectionParameters(
            target: "host=/nowhere,127.0.0.1,\(cluster.host) port=1,\(first.port),\(cluster.port) "
                + "user=\(cluster.superuser) dbname=postgres")
        try await withPostgresConnection(several, log: .silent) { connection in
            let pinned = several.pinned(to: connection).database(named: "template1")
            let environment = connection.childEnvironment(inheriting: [:])
            #expect(environment["PGHOSTADDR"] == "127.0.0.1")
            #expect(environment["PGPORT"] == "\(first.port)")
            let before = first.connections
            try await withPostgresConnection(pinned, log: .silent) { _ = try await $0.query("SELECT 1") }
            #expect(first.connections == before + 1)
            first.stopListening()
            try await withPostgresConnection(several, log: .silent) { _ = try await $0.query("SELECT 1") }
            let error = await #expect(throws: PostgresError.self) {
                try await withPostgresConnection(pinned, log: .silent) { _ = try await $0.query("SELECT 1") }
            }
            #expect(error?.kind == .unreachable)
        }
    }

    @Test("sends statements larger than the socket's buffer")
    func largeStatement() async throws {
        let text = String(repeating: "x", count: 8 << 20)
        try await PostgresCluster.shared().connected { connection in
            let length = try await connection.query("SELECT length($1)", [text])
            #expect(length.firstValue == "\(8 << 20)")
            let whole = try await connection.query("SELECT $1::text", [text])
            #expect(whole.firstValue == text)
        }
    }

    @Test("lives on after a refused statement, whose state, detail and hint are kept")
    func refused() async throws {
        try await PostgresCluster.shared().connected { connection in
            let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT nosuch") }
            #expect(error?.kind == .queryFailed)
            #expect(error?.sqlState == "42703")
            let raise = "DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'why', HINT = 'Do that.'; END $$"
            let raised = await #expect(throws: PostgresError.self) { try await connection.query(raise) }
            #expect(raised?.detail == "why")
            #expect(raised?.remedy == "Do that.")
            let next = try await connection.query("SELECT 2")
            #expect(next.firstValue == "2")
        }
    }

    @Test("runs one statement at a time, and none with a NUL in it")
    func oneStatement() async throws {
        try await PostgresCluster.shared().connected { connection in
            let two = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1; SELECT 2") }
            #expect(two?.sqlState == "42601")
            await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1 --\0") }
            await #expect(throws: PostgresError.self) { try await connection.query("SELECT $1", ["\0"]) }
            let nothing = try await connection.query("")
            #expect(nothing.rows.isEmpty)
        }
    }

    @Test("refuses COPY, and is closed by it")
    func copy() async throws {
        try await PostgresCluster.shared().connected { connection in
            _ = try await connection.query("SELECT 1")
            await #expect(throws: PostgresError.self) { try await connection.query("COPY pg_class TO STDOUT") }
            let later = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
            #expect(later?.kind == .connectionLost)
        }
    }

    @Test("cancels a running statement on the server when its task is cancelled")
    func cancelStatement() async throws {
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { connection in
            try await cluster.connected { other in
                let process = try #require(try await connection.query("SELECT pg_backend_pid()").firstValue)
                let task = Task { try await connection.query("SELECT pg_sleep(1000)") }
                try await eventually {
                    let sql = "SELECT query FROM pg_stat_activity WHERE pid = $1 AND state = 'active'"
                    return try await other.query(sql, [process]).firstValue == "SELECT pg_sleep(1000)"
                }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                #expect(try await connection.query("SELECT 3").firstValue == "3")
            }
        }
    }

    @Test("does not begin a statement of a cancelled task")
    func cancelledBefore() async throws {
        let cluster = try await PostgresCluster.shared()
        let table = PostgresCluster.uniqueName("cancelled")
        try await cluster.connected { connection in
            await #expect(throws: CancellationError.self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.cancelAll()
                    group.addTask { _ = try await connection.query("CREATE TABLE \(table) ()") }
                    try await group.waitForAll()
                }
            }
            let found = try await connection.query("SELECT to_regclass($1)", [table])
            #expect(found.firstValue == nil)
        }
    }

    @Test("says that it was lost when the server ends it")
    func terminated() async throws {
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { connection in
            let process = try #require(try await connection.query("SELECT pg_backend_pid()").firstValue)
            try await cluster.connected { _ = try await $0.query("SELECT pg_terminate_backend($1, 10000)", [process]) }
            let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
            #expect(error?.kind == .connectionLost)
            #expect(error?.exitCode == .unreachable)
            let again = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
            #expect(again?.kind == .connectionLost)
        }
    }

    @Test("passes the server's notices to the log")
    func notices() async throws {
        let entries = Mutex<[String]>([])
        let log = Log { entry in
            let text = entry.metadata.first { $0.key == "text" }?.value ?? ""
            entries.withLock { $0.append("\(entry.level) \(text)") }
        }
        try await PostgresCluster.shared().connected(log: log) { connection in
            _ = try await connection.query("DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two'; END $$")
        }
        #expect(entries.withLock { $0 } == ["info one", "warning two"])
    }

    @Test("leaves no session on the server and is of no use after its scope")
    func closed() async throws {
        let cluster = try await PostgresCluster.shared()
        let (connection, process) = try await cluster.connected { connection in
            (connection, try #require(try await connection.query("SELECT pg_backend_pid()").firstValue))
        }
        let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        #expect(error?.kind == .connectionLost)
        try await cluster.connected { other in
            try await eventually {
                try await other.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [process]).rows.isEmpty
            }
        }
    }
}

/// Asks again and again, at most for 20 seconds.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now.advanced(by: .seconds(20))
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "it did not come true")
        await Task.yield()
    }
}
