import BackupCatalog
import BackupModel
import BlobStorage
import ByteStreams
import Diagnostics
import PostgresClient
import PostgresTools
import Subprocesses

// Scripts, which psql runs.
extension Restorer {
    /// The largest script of roles or tablespaces; it is checked as a whole before psql sees its first byte.
    private static let largestScript = 64 << 20

    /// Streams a script into psql, which ends at the first error.
    func runScript(_ step: RestoreTask.Step) async throws -> PassedOver {
        let command = Command(
            executable: task.script.path,
            arguments: Arguments.script(database: step.plan.target, stopsAtError: true),
            environment: try await childEnvironment())
        try await withSubprocess(command, standardInput: .pipe, standardOutput: .null) { process in
            var input = process.input
            _ = try await downloader.download(step.database.blob, pieces: step.database.pieces, into: &input)
            try await input.finish()
        }
        return PassedOver()
    }

    /// Runs a script of roles or tablespaces, which is whole and checked before psql sees its first byte.
    ///
    /// A role or tablespace that is there already is no error: pg_dumpall writes `CREATE ROLE postgres` always. Errors are
    /// known by their states, since the server may speak any language; notices, which may have the same, are kept away.
    func run(_ script: RecoveryPoint.Script, named name: String) async throws -> RestoreReport.Part {
        surroundings.log.info("running script", ["script": name, "from": script.blob.text])
        var sink = MemorySink(limit: Self.largestScript)
        let state = try await downloader.download(script.blob, pieces: script.pieces, into: &sink)
        let command = Command(
            executable: task.script.path,
            arguments: Arguments.script(database: task.maintenanceDatabase, stopsAtError: false),
            environment: try await childEnvironment(setting: ["client_min_messages=error"]))
        let messages = ToolMessages { $0.saysItExists }
        let bytes = sink.bytes
        do {
            try await withSubprocess(
                command, standardInput: .pipe, standardOutput: .null, receiveMessage: { messages.receive($0) }
            ) { process in
                try await process.input.feed(MemorySource(bytes))
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw RestoreError(.scriptFailed, database: name, cause: error)
        }
        return RestoreReport.Part(
            name: name, bytes: state.size, errors: messages.errorCount,
            messages: messages.all.filter { $0.level == .error }.map(\.text))
    }

    /// The environment of a child that restores: defaults of the database or the role must not stop it.
    func childEnvironment(setting more: [String] = []) async throws -> [String: String] {
        var environment = try await withPostgresConnection(
            surroundings.connection, log: surroundings.log
        ) { $0.childEnvironment(inheriting: surroundings.environment) }
        let lifted = [
            "default_transaction_read_only=off", "statement_timeout=0", "lock_timeout=0",
            "idle_in_transaction_session_timeout=0",
        ]
        let options = (lifted + more).map { "-c \($0)" }.joined(separator: " ")
        environment["PGOPTIONS"] = [environment["PGOPTIONS"], options].compactMap(\.self).joined(separator: " ")
        return environment
    }
}

extension ToolMessage {
    /// The state `duplicate_object`.
    fileprivate var saysItExists: Bool { state == "42710" }
}
