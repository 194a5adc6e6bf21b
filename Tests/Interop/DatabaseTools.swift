import Subprocesses
import TestSupport
import Testing

/// Penstock, and the programs of PostgreSQL itself, connected to a cluster.
struct DatabaseTools {
    let store: ServedStore
    let cluster: PostgresCluster

    private var environment: [String: String] {
        cluster.environment().merging(store.environment) { ours, _ in ours }
    }

    @discardableResult
    func penstock(_ arguments: String...) async throws -> String {
        try await run(Command(executable: ServedStore.program, arguments: arguments, environment: environment))
    }

    /// A program of PostgreSQL itself.
    func stock(_ program: String, _ arguments: String...) async throws {
        try await run(
            Command(executable: "\(cluster.programs)/\(program)", arguments: arguments, environment: environment))
    }

    /// A pipeline, with `$0` and so on as the words.
    func shell(_ script: String, _ words: String...) async throws {
        let command = Command(
            executable: "/bin/bash", arguments: ["-c", "set -o pipefail; " + script] + words, environment: environment)
        try await run(command)
    }

    func expectIdentical(_ source: String, _ copy: String) async throws {
        let connections = [source, copy].map { "host=\(cluster.host) dbname='\($0)'" }
        let script = Fixtures.packageRoot + "/scripts/compare-databases"
        let report = try await run(
            Command(executable: script, arguments: connections, environment: cluster.environment()))
        #expect(report.contains("fingerprint: identical") && report.contains("schema: identical"), "\(report)")
    }
}
