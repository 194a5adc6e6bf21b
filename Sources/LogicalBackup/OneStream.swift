import BlobStorage
import PostgresClient
import PostgresTools
import Subprocesses

/// The dump of one database by one pg_dump, which takes its own snapshot and locks.
struct OneStream: Sendable {
    let item: DumpPlan.Item
    let plan: DumpPlan
    let surroundings: Surroundings
    let uploader: Uploader
    /// Compresses what comes; `nil` leaves it as it is.
    let line: PackingLine?
    /// The largest table of contents, in bytes.
    let contentsLimit: Int

    /// Runs pg_dump and stages what it writes, but for the table of contents.
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
            arguments: try Arguments.dump(
                database: name, excludedSchemas: item.excludedSchemas, compression: plan.compression.option,
                version: plan.tools.dump.version),
            environment: environment)
        let messages = ToolMessages()
        let record = ArchiveRecord()
        let empty = staged
        // pg_dump has exited with 0 when this returns.
        staged = try await withSubprocess(
            command, standardInput: .null, standardOutput: .pipe, receiveMessage: { messages.receive($0) }
        ) { process in
            var filling = empty
            if let line {
                let data = try await PackedArchiveSource.make(
                    process.output, by: line, contentsLimit: contentsLimit, record: record)
                try await uploader.stage(data, into: &filling)
            } else {
                let data = ArchiveSource(process.output, contentsLimit: contentsLimit, record: record)
                try await uploader.stage(data, into: &filling)
            }
            return filling
        }
        return DatabaseDump.Archive(
            index: record.index(), taken: taken, rawSizes: record.rawSizes, warnings: messages.all.map(\.text))
    }
}
