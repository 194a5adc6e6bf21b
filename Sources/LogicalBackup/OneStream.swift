import BlobStorage
import PostgresClient
import PostgresTools

/// The dump of one database by one pg_dump, into one archive.
struct OneStream: Sendable {
    let process: DumpProcess
    let uploader: Uploader
    /// Compresses what comes; `nil` leaves it as it is.
    let line: PackingLine?
    /// The largest table of contents, in bytes.
    let contentsLimit: Int

    /// Runs pg_dump and stages what it writes, but for the table of contents.
    func make(into staged: inout StagedBlob) async throws -> DatabaseDump.Archive {
        let record = ArchiveRecord()
        let empty = staged
        let plan = process.plan
        let arguments = try Arguments.dump(
            database: process.item.database.name, excludedSchemas: process.item.excludedSchemas,
            compression: plan.compression.option, version: plan.tools.dump.version
        )
        let outcome = try await process.run(arguments) { output in
            var filling = empty
            if let line {
                let data = try await PackedArchiveSource.make(
                    output, by: line, contentsLimit: contentsLimit, record: record)
                try await uploader.stage(data, into: &filling)
            } else {
                let data = ArchiveSource(output, contentsLimit: contentsLimit, record: record)
                try await uploader.stage(data, into: &filling)
            }
            return filling
        }
        staged = outcome.output
        return DatabaseDump.Archive(
            holdings: .archive(record.index(), rawSizes: record.rawSizes), taken: outcome.taken,
            warnings: outcome.warnings)
    }
}
