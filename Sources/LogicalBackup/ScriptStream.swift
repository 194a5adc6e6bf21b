import BlobStorage
import PostgresClient
import PostgresTools

/// The dump of one database as a script of SQL, by one pg_dump.
struct ScriptStream: Sendable {
    let process: DumpProcess
    let uploader: Uploader

    /// Runs pg_dump and stages what it writes.
    func make(into staged: inout StagedBlob) async throws -> DatabaseDump.Archive {
        let empty = staged
        let arguments = Arguments.dumpScript(
            database: process.item.database.name, excludedSchemas: process.item.excludedSchemas)
        let outcome = try await process.run(arguments) { output in
            var filling = empty
            try await uploader.stage(ScriptSource(output), into: &filling)
            return filling
        }
        staged = outcome.output
        return DatabaseDump.Archive(holdings: .script, taken: outcome.taken, warnings: outcome.warnings)
    }
}
