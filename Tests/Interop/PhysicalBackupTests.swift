import TestSupport
import Testing

/// The tools that keep base backups and WAL of whole clusters, with `penstock serve` as their repository.
@Suite(
    "Base backups by others", .tags(.postgres, .storage), .enabled(if: Client.areInstalled, Client.skipReason),
    .enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.skipReason)),
    .enabled(Comment(rawValue: PythonEnvironment.skipReason), PythonEnvironment.isReady))
struct PhysicalBackupTests {
    @Test("pgBackRest backs a cluster up over TLS, in full and incrementally, and restores it")
    func pgBackRest() async throws {
        let cluster = try await PostgresCluster.alone(settings: Self.settings)
        try await ServedStore.withTLS { store, certificate in
            var environment = cluster.environment()
            environment["REQUESTS_CA_BUNDLE"] = certificate
            try await ClientProgram(.pgBackRest, "pgbackrest_backup", atLeast: 30).check(
                against: store, environment: environment)
        }
    }

    @Test("barman-cloud archives WAL, backs a cluster up and restores it")
    func barman() async throws {
        let cluster = try await PostgresCluster.alone(settings: Self.settings)
        try await ServedStore.with { store in
            let environment = cluster.environment()
            try await ClientProgram(.barman, "barman_cloud", atLeast: 23).check(
                against: store, environment: environment)
            try await ClientProgram(.barman, "barman_removal", atLeast: 6).check(
                against: store, environment: environment)
        }
    }

    private static let settings = ["archive_mode=on", "wal_level=replica"]
}
