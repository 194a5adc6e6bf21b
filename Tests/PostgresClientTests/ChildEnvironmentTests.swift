import Diagnostics
import PostgresClient
import Subprocesses
import SystemCalls
import TestSupport
import Testing

@Suite(
    "The environment for client programs", .tags(.postgres),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct ChildEnvironmentTests {
    @Test("leads psql to the same place, with the password of the connection")
    func samePlace() async throws {
        let cluster = try await PostgresCluster.shared(.password)
        let password = PostgresCluster.superuserPassword.map { "'\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        let name = PostgresCluster.uniqueName("a='b")
        let first = ConnectionParameters(
            target: "host=\(cluster.host) port=\(cluster.port) user=postgres dbname=postgres password='\(password)' "
                + "options='-c statement_timeout=4321'")
        try await withPostgresConnection(first, log: .silent) {
            _ = try await $0.query("CREATE DATABASE \(SQL.identifier(name))")
        }
        try await withPostgresConnection(first.database(named: name), log: .silent) { connection in
            let environment = connection.childEnvironment(
                inheriting: [
                    "PATH": "/usr/bin:/bin", "HOME": "/", "PGHOST": "elsewhere", "SECRET": "x", "LC_ALL": "de_DE",
                ])
            #expect(environment["PGPASSWORD"] == PostgresCluster.superuserPassword)
            #expect(environment["SECRET"] == nil)
            #expect(environment["PGCLIENTENCODING"] == nil)
            let psql = Command(
                executable: cluster.programs + "/psql",
                arguments: [
                    "-XAtqw", "-c",
                    "SELECT current_database() || '|' || current_user || '|' || current_setting('statement_timeout')"
                        + " || '|' || current_setting('application_name')",
                ], environment: environment)
            let text = try await withSubprocess(psql, standardInput: .null, standardOutput: .pipe) { process in
                var bytes: [UInt8] = []
                while true {
                    let piece = try await [UInt8].filled(capacity: 4096) { try await process.output.read(into: &$0) }
                    if piece.isEmpty { break }
                    bytes += piece
                }
                return String(decoding: bytes, as: UTF8.self)
            }
            // psql names itself as the fallback; PGAPPNAME goes first.
            #expect(text == "\(name)|postgres|4321ms|penstock\n")
        }
    }
}
