import BlobStorage
import ByteStreams
import PostgresClient
import PostgresFormats
import PostgresTools
import Subprocesses
import SystemCalls

/// The scripts beside the archives: roles, tablespaces, and the schemas for reading.
struct GlobalScripts: Sendable {
    let plan: DumpPlan
    let surroundings: Surroundings

    /// The largest script of roles or tablespaces that is taken; 100,000 roles have about 20 MiB.
    static let largestScript = 64 << 20

    func roles() async throws -> [UInt8] {
        do {
            return try await output { Arguments.dumpRoles(database: $0, passwords: plan.includesRolePasswords) }
        } catch let error where !(error is CancellationError) {
            throw DumpError(.rolesFailed, cause: error)
        }
    }

    func tablespaces() async throws -> [UInt8] {
        do {
            return try await output { Arguments.dumpTablespaces(database: $0) }
        } catch let error where !(error is CancellationError) {
            throw DumpError(.tablespacesFailed, cause: error)
        }
    }

    /// Stages the schema of one database as SQL behind what `staged` holds, written from its archive's table of
    /// contents: no second lock is needed for it.
    func stageSchema(of dump: DatabaseDump, into staged: StagedBlob, by uploader: Uploader) async throws -> StagedBlob {
        let name = dump.item.database.name
        let command = Command(
            executable: plan.tools.restore.path, arguments: Arguments.schemaScript(), environment: plainEnvironment)
        let connect = SQL.identifier(ConnectionString.database(name))
        let title = "--\n-- Database \(SQL.identifier(name))\n--\n\n\\connect -reuse-previous=on \(connect)\n\n"
        guard let prefix = dump.contents?.schemaOnlyPrefix() else {
            // What else would hold it is the script itself.
            let text = title + "-- This database was dumped as a script, which holds its schema.\n\n"
            var filling = staged
            try await uploader.stage(MemorySource(Array(text.utf8)), into: &filling)
            return filling
        }
        return try await withSubprocess(command, standardInput: .pipe, standardOutput: .pipe) { process in
            async let feeding: Void = process.input.feed(MemorySource(prefix))
            var filling = staged
            try await uploader.stage(Chained(MemorySource(Array(title.utf8)), process.output), into: &filling)
            try await feeding
            return filling
        }
    }

    /// A script without the lines that differ from one run of pg_dumpall to the next.
    static func comparable(_ script: [UInt8]) -> [ArraySlice<UInt8>] {
        script.split(separator: UInt8(ascii: "\n")).filter { line in
            !line.starts(with: "\\restrict ".utf8) && !line.starts(with: "\\unrestrict ".utf8)
        }
    }

    private func output(_ arguments: (_ database: String) -> [String]) async throws -> [UInt8] {
        let (database, environment) = try await withPostgresConnection(
            surroundings.connection, log: surroundings.log
        ) { connection in
            (
                try await connection.query("SELECT pg_catalog.current_database()").firstValue ?? "",
                connection.childEnvironment(inheriting: surroundings.environment)
            )
        }
        let command = Command(
            executable: plan.tools.dumpAll.path, arguments: arguments(database),
            environment: environment)
        return try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) { process in
            try await bytes(of: process.output, limit: Self.largestScript)
        }
    }

    /// For a child that reads only its standard input; its messages must be in English all the same.
    private var plainEnvironment: [String: String] {
        surroundings.environment.filter { ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"].contains($0.key) }
            .merging(["LC_ALL": "C.UTF-8"]) { $1 }
    }

    private func bytes(of output: ProcessOutput, limit: Int) async throws -> [UInt8] {
        var sink = MemorySink(limit: limit)
        while true {
            let piece = try await [UInt8].filled(capacity: 256 << 10) { try await output.read(into: &$0) }
            guard !piece.isEmpty else { return sink.bytes }
            try await sink.write(piece.span)
        }
    }
}
