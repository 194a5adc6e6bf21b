import ByteStreams
import Subprocesses
import SystemCalls
import TestSupport
import Testing

/// What lies in the container is for everybody: the SDK and stock tools read Penstock's recovery points, and Penstock
/// reads theirs.
@Suite(
    "Recovery points without penstock", .tags(.postgres, .storage),
    .enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.skipReason)),
    .enabled(Comment(rawValue: PythonEnvironment.skipReason), PythonEnvironment.isReady))
struct RecoveryPointTests {
    @Test("are fetched by the SDK and restored by stock pg_restore, and the other way round")
    func bothWays() async throws {
        let cluster = try await PostgresCluster.shared()
        let nasty = PostgresCluster.uniqueName("nasty")
        let oddlyNamed = PostgresCluster.uniqueName("a/b %41 ünï")
        try await makeSources(nasty: nasty, oddlyNamed: oddlyNamed, in: cluster)
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await ServedStore.with { store in
                let tools = DatabaseTools(store: store, cluster: cluster)
                try await tools.penstock(
                    "dump", "-d", nasty, "-d", oddlyNamed, "--to", store.endpoint + "/backups/nightly", "--name",
                    "first",
                    "--create-container", "--quiet")
                let output = try await store.python("recovery_point", "fetch", "backups", "nightly", "first", directory)
                let fetched = output.split(separator: "\n").dropLast().map {
                    $0.split(separator: "\t").map(String.init)
                }
                #expect(Set(fetched.map(\.[1])) == [nasty, oddlyNamed])
                try ClientProgram(.storageSDK, "recovery_point", atLeast: 20).expect(output)
                for file in fetched {
                    let copy = PostgresCluster.uniqueName("fetched")
                    try await tools.stock("createdb", "-T", "template0", copy)
                    try await tools.stock("pg_restore", "--exit-on-error", "-d", copy, file[0])
                    try await tools.expectIdentical(file[1], copy)
                }
                try await restoreForeign(nasty, directory: directory, store: store, tools: tools)
            }
        }
    }

    /// Stock pg_dump and the SDK write; Penstock lists and restores.
    private func restoreForeign(_ database: String, directory: String, store: ServedStore, tools: DatabaseTools)
        async throws
    {
        let file = directory + "/stock.dump"
        try await tools.stock("pg_dump", "-Fc", "-Z1", "-f", file, database)
        _ = try await store.python("recovery_point", "publish", "backups", "others", "theirs", database, file)
        let folder = store.endpoint + "/backups/others"
        let listing = try await tools.penstock("list", folder, "--json")
        #expect(listing.contains(#""name":"theirs""#))
        #expect(listing.contains(#""state":"foreign""#))
        let copy = PostgresCluster.uniqueName("foreign")
        try await tools.stock("createdb", "-T", "template0", copy)
        try await tools.penstock("restore", folder + "/theirs", "-d", copy, "--yes", "--quiet")
        try await tools.expectIdentical(database, copy)
    }

    private func makeSources(nasty: String, oddlyNamed: String, in cluster: PostgresCluster) async throws {
        let tools = DatabaseTools(store: ServedStore(endpoint: ""), cluster: cluster)
        try await tools.stock("createdb", "-T", "template0", nasty)
        try await tools.stock("pgbench", "-i", "-q", "-s", "1", nasty)
        let script = Fixtures.packageRoot + "/fixtures/nasty-database.sql"
        try await tools.stock("psql", "-X", "-q", "-d", nasty, "-f", script)
        try await tools.stock("createdb", "-T", "template0", oddlyNamed)
        try await tools.stock("psql", "-X", "-q", "-d", oddlyNamed, "-c", "CREATE TABLE t AS SELECT 'ü' AS a")
    }
}
