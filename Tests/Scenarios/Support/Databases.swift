import Diagnostics
import PostgresClient
import Subprocesses
import SystemCalls
import TestSupport
import Testing

extension PostgresCluster {
    /// Connects as the superuser for as long as `body` runs.
    func connected<Output>(
        to database: String = "postgres", _ body: (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        // A `key=value` string, so that a name with any character and the password are taken as they are.
        let quoted = Self.superuserPassword.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        let parameters = ConnectionParameters(
            host: host, port: port, user: superuser, target: "password='\(quoted)'"
        ).database(named: database)
        return try await withPostgresConnection(parameters, log: .silent, body)
    }

    func run(_ statements: String, in database: String = "postgres") async throws {
        try await connected(to: database) { _ = try await $0.query(statements) }
    }

    /// The first value of the first row.
    func value(
        _ query: String, _ parameters: [String?] = [], in database: String = "postgres"
    ) async throws -> String? {
        try await connected(to: database) { try await $0.query(query, parameters).firstValue }
    }

    func hasDatabase(_ name: String) async throws -> Bool {
        try await value("SELECT count(*) FROM pg_database WHERE datname = $1", [name]) == "1"
    }

    /// Makes a database with a table of `rows` rows of about 1,000 bytes that do not compress.
    func makeDatabase(_ name: String, rows: Int = 3) async throws {
        try await run("CREATE DATABASE \(Self.quoted(name))")
        try await run("CREATE TABLE item (id int PRIMARY KEY, filling text)", in: name)
        try await run("ALTER TABLE item ALTER filling SET STORAGE EXTERNAL", in: name)
        try await run(
            """
            INSERT INTO item SELECT i, (SELECT string_agg(md5(i::text || ' ' || j), '') FROM generate_series(1, 31) j)
            FROM generate_series(1, \(rows)) i
            """, in: name)
    }

    func dropDatabase(_ name: String) async throws {
        try await run("DROP DATABASE IF EXISTS \(Self.quoted(name)) WITH (FORCE)")
    }

    static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

    /// How the sessions of the program under test, and of its children, call themselves.
    static let applicationName = "penstock-under-test"

    /// How many sessions the program under test has in a database, through its children or by itself.
    func sessions(in database: String) async throws -> Int {
        let count = try await value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2",
            [database, Self.applicationName])
        return count.flatMap { Int($0) } ?? -1
    }

    /// Runs one of PostgreSQL's programs against this cluster.
    func program(
        _ name: String, _ words: [String], database: String = "postgres", input: [UInt8]? = nil
    ) async throws -> Finished {
        try await Program.run(
            Command(executable: programs + "/" + name, arguments: words, environment: environment(database: database)),
            input: input)
    }

    /// Expects two databases to hold the same, table by table; `other` may be in another cluster.
    func expectSame(
        _ database: String, _ otherDatabase: String, in other: PostgresCluster? = nil,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let comparison = Command(
            executable: Fixtures.packageRoot + "/scripts/compare-databases",
            arguments: [connectionString(database), (other ?? self).connectionString(otherDatabase)],
            environment: environment())
        try await Program.run(comparison).expecting(at: location)
    }

    private func connectionString(_ database: String) -> String {
        func quoted(_ text: String) -> String {
            "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
        }
        return "host=\(quoted(host)) port=\(port) user=\(superuser) dbname=\(quoted(database))"
    }
}

/// Hands `body` the names of databases, as they are, and drops them afterwards.
func withDatabases<Output>(
    _ names: [String], in cluster: PostgresCluster, rows: Int = 3, _ body: () async throws -> Output
) async throws -> Output {
    func drop() async throws { for name in names { try await cluster.dropDatabase(name) } }
    do {
        for name in names { try await cluster.makeDatabase(name, rows: rows) }
        let output = try await body()
        try await drop()
        return output
    } catch {
        try await drop()
        throw error
    }
}
