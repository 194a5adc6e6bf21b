import BlobStorage
import PostgresClient
import PostgresTools
import Subprocesses

/// The dump of one database as a script of SQL, by one pg_dump.
struct ScriptStream: Sendable {
    let item: DumpPlan.Item
    let plan: DumpPlan
    let surroundings: Surroundings
    let uploader: Uploader

    /// Runs pg_dump and stages what it writes.
    func make(into staged: inout StagedBlob) async throws -> DatabaseDump.Archive {
        let name = item.database.name
        let (taken, environment) = try await withPostgresConnection(
            surroundings.connection.database(named: name), log: surroundings.log
        ) { connection in
            (
                try await connection.currentTime(),
                connection.childEnvironment(inheriting: surroundings.environment)
            )
        }
        let command = Command(
            executable: plan.tools.dump.path,
            arguments: Arguments.dumpScript(database: name, excludedSchemas: item.excludedSchemas),
            environment: environment)
        let messages = ToolMessages()
        let empty = staged
        // pg_dump has exited with 0 when this returns.
        staged = try await withSubprocess(
            command, standardInput: .null, standardOutput: .pipe, receiveMessage: { messages.receive($0) }
        ) { process in
            var filling = empty
            try await uploader.stage(ScriptSource(process.output), into: &filling)
            return filling
        }
        return DatabaseDump.Archive(index: nil, taken: taken, rawSizes: [:], warnings: messages.all.map(\.text))
    }
}
