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

    /// The schema of one database as SQL, from its archive's table of contents: no second lock is needed for it.
    func schema(of dump: DatabaseDump) async throws -> [UInt8] {
        let name = dump.item.database.name
        let environment = try await childEnvironment(database: name)
        let command = Command(
            executable: plan.tools.restore.path, arguments: Arguments.schemaScript(), environment: environment)
        let prefix = dump.index.contents.schemaOnlyPrefix()
        let script = try await withSubprocess(command, standardInput: .pipe, standardOutput: .pipe) { process in
            async let feeding: Void = process.input.feed(MemorySource(prefix))
            // At most a few times the table of contents, which was bounded when it was read.
            let script = try await bytes(of: process.output, limit: prefix.count * 8 + (1 << 20))
            try await feeding
            return script
        }
        let title = "--\n-- Database \(SQL.identifier(name))\n--\n\n\\connect -reuse-previous=on \(SQL.identifier(ConnectionString.database(name)))\n\n"
        return Array(title.utf8) + script + Array("\n".utf8)
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
            (try await connection.query("SELECT pg_catalog.current_database()").firstValue ?? "",
             connection.childEnvironment(inheriting: surroundings.environment))
        }
        let command = Command(
            executable: plan.tools.dumpAll.path, arguments: arguments(database),
            environment: environment)
        return try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) { process in
            try await bytes(of: process.output, limit: Self.largestScript)
        }
    }

    private func childEnvironment(database: String) async throws -> [String: String] {
        // It only reads its standard input, but its messages must be in English too.
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
