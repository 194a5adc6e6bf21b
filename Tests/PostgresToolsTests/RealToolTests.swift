import ByteStreams
import Diagnostics
import PostgresClient
import PostgresFormats
import PostgresTools
import Subprocesses
import Synchronization
import SystemCalls
import TestSupport
import Testing

@Suite(
    "Client programs against a server", .tags(.postgres),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct RealToolTests {
    /// The cluster that wants passwords: what works here needs no argument with one.
    private func cluster() async throws -> PostgresCluster { try await PostgresCluster.shared(.password) }

    private func connected<Output>(
        to database: String = "postgres", _ body: (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        let cluster = try await cluster()
        let password = PostgresCluster.superuserPassword.map { "'\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        let parameters = ConnectionParameters(
            target: "host=\(cluster.host) port=\(cluster.port) user=postgres password='\(password)'")
        return try await withPostgresConnection(parameters.database(named: database), log: .silent, body)
    }

    private func command(_ tool: Tool, _ arguments: [String], _ connection: PostgresConnection) async throws -> Command
    {
        let cluster = try await cluster()
        let finder = ToolFinder(explicitDirectory: cluster.programs, environment: [:])
        let rule = ToolRule.dumping(serverMajor: connection.serverVersion.major)
        let installed = try await finder.find(tool, for: rule)
        return Command(
            executable: installed.path, arguments: arguments,
            environment: connection.childEnvironment(inheriting: ["PATH": "/usr/bin:/bin"]))
    }

    private func output(of command: Command, input: [UInt8]? = nil) async throws -> [UInt8] {
        try await withSubprocess(command, standardInput: .pipe, standardOutput: .pipe) { process in
            async let fed: Void = process.input.feed(MemorySource(input ?? []))
            var bytes: [UInt8] = []
            while true {
                let piece = try await [UInt8].filled(capacity: 65536) { try await process.output.read(into: &$0) }
                if piece.isEmpty { break }
                bytes += piece
            }
            try await fed
            return bytes
        }
    }

    @Test(
        "carry a database with any name over into another one", arguments: ["a='b", "postgres://x?y=\\", "-c", "\"q\""])
    func dumpAndRestore(prefix: String) async throws {
        let source = prefix + PostgresCluster.uniqueName("source")
        let target = prefix + PostgresCluster.uniqueName("target")
        try await connected { connection in
            let like = try #require(try await connection.definition(ofDatabase: "template1"))
            try await connection.createDatabase(source, like: like)
            try await connection.createDatabase(target, like: like)
        }
        let archive = try await connected(to: source) { connection in
            _ = try await connection.query(
                "CREATE TABLE t AS SELECT i, repeat('x', 100) FROM generate_series(1, 5000) i")
            let version = try #require(ToolVersion("\(connection.serverVersion.major).0"))
            let arguments = try Arguments.dump(database: source, compression: .none, version: version)
            let dump = try await command(.dump, arguments, connection)
            return try await output(of: dump)
        }
        #expect(archive.starts(with: "PGDMP".utf8))
        try await connected(to: target) { connection in
            let arguments = Arguments.restore(database: target, RestoreOptions())
            _ = try await output(of: try await command(.restore, arguments, connection), input: archive)
            let count = try await connection.query("SELECT count(*) FROM t")
            #expect(count.firstValue == "5000")
            // Only the table of contents: pg_restore reads no further, and may be gone before more has been written.
            let reading = try TableOfContents.parse(
                prefix: archive.span, archiveSize: archive.count, maximumPrefixSize: archive.count)
            guard case .complete(let contents) = reading else {
                Issue.record("the archive has no whole table of contents")
                return
            }
            let schema = try await output(
                of: command(.restore, Arguments.schemaScript(), connection), input: contents.prefix)
            let text = String(decoding: schema, as: UTF8.self)
            #expect(text.contains("CREATE TABLE public.t"))
            #expect(!text.contains("xxxxx"))
        }
    }

    @Test("fail from the last read when the archive is cut off anywhere")
    func truncated() async throws {
        try await connected { connection in
            let version = try #require(ToolVersion("\(connection.serverVersion.major).0"))
            let arguments = try Arguments.dump(database: "postgres", compression: .none, version: version)
            let archive = try await output(of: try await command(.dump, arguments, connection))
            let restore = try await command(
                .restore, Arguments.restore(database: "postgres", RestoreOptions()), connection)
            let error = await #expect(throws: SubprocessError.self) {
                try await output(of: restore, input: Array(archive.prefix(archive.count / 2)))
            }
            #expect(error?.status == .exited(1))
            #expect(error.map { ToolMessage(String($0.messages.prefix { $0 != "\n" })).level } == .error)
        }
    }

    @Test("dump roles and tablespaces, and the roles without passwords when asked")
    func globals() async throws {
        let role = PostgresCluster.uniqueName("dumped")
        try await connected { connection in
            _ = try await connection.query("CREATE ROLE \(role) PASSWORD 'hunter2'")
            for passwords in [true, false] {
                let arguments = Arguments.dumpRoles(database: "postgres", passwords: passwords)
                let script = try await output(of: try await command(.dumpAll, arguments, connection))
                let text = String(decoding: script, as: UTF8.self)
                #expect(text.contains("CREATE ROLE \(role);"))
                #expect(text.contains("SCRAM-SHA-256") == passwords)
            }
            let tablespaces = try await command(.dumpAll, Arguments.dumpTablespaces(database: "postgres"), connection)
            let script = try await output(of: tablespaces)
            #expect(String(decoding: script, as: UTF8.self).contains("PostgreSQL database cluster dump"))
        }
    }

    @Test("run scripts up to the first error, whose line is known")
    func script() async throws {
        let lines = Mutex<[String]>([])
        let table = PostgresCluster.uniqueName("scripted")
        try await connected { connection in
            let psql = try await command(
                .script, Arguments.script(database: "postgres", stopsAtError: true), connection)
            let error = await #expect(throws: SubprocessError.self) {
                try await withSubprocess(psql, standardInput: .pipe, standardOutput: .null) { line in
                    lines.withLock { $0.append(line) }
                } _: { process in
                    let script = "CREATE TABLE \(table) ();\n\nSELECT nosuch;\nDROP TABLE \(table);\n"
                    try await process.input.feed(MemorySource(Array(script.utf8)))
                }
            }
            #expect(error?.status == .exited(3))
            let message = try #require(lines.withLock { $0.first }.map(ToolMessage.init))
            #expect(message.level == .error)
            #expect(message.line == 3)
            let exists = try await connection.query("SELECT to_regclass($1) IS NOT NULL", [table])
            #expect(exists.firstValue == "t")
        }
    }

    @Test(
        "commit nothing of a script whose feeding failed, though psql takes the end of its input for the end",
        .tags(.faults))
    func killedScript() async throws {
        let table = PostgresCluster.uniqueName("half")
        let unfinished = Array("CREATE TABLE \(table) ()".utf8)
        try await connected { connection in
            let psql = try await command(
                .script, Arguments.script(database: "postgres", stopsAtError: true), connection)
            await #expect(throws: StreamError.self) {
                try await withSubprocess(psql, standardInput: .pipe, standardOutput: .null) { process in
                    try await process.input.write(unfinished.span)
                    throw StreamError(kind: .endedEarly(expected: 2, received: 1))
                }
            }
            let cutOff = try await connection.query("SELECT to_regclass($1)", [table])
            #expect(cutOff.firstValue == nil)
            // The same bytes, finished: this is what must not happen above.
            try await withSubprocess(psql, standardInput: .pipe, standardOutput: .null) {
                try await $0.input.feed(MemorySource(unfinished))
            }
            let finished = try await connection.query("SELECT to_regclass($1)", [table])
            #expect(finished.firstValue == table)
        }
    }
}
