import BlobStorage
import ByteStreams
import PostgresClient
import PostgresFormats
import PostgresTools
import Subprocesses

/// The dump of one database by one pg_dump, as a directory: a blob for each member.
struct DirectoryStream: Sendable {
    let process: DumpProcess
    let staging: MemberStaging

    /// Runs pg_dump and stages all files, the table of contents last.
    ///
    /// - Parameter staged: The blob of the table of contents.
    func make(into staged: inout StagedBlob) async throws -> DatabaseDump.Archive {
        let arguments = try Arguments.dump(
            database: process.item.database.name, excludedSchemas: process.item.excludedSchemas, compression: .none,
            version: process.plan.tools.dump.version)
        let outcome = try await process.run(arguments) { output in
            var output = output
            let (given, rest) = try await output.readContents(limit: staging.contentsLimit)
            return try await staging.stageMembers(Chained(MemorySource(rest), output), behind: given)
        }
        let contents = outcome.output.contents.directoryPrefix()
        try await staging.uploader.stage(MemorySource(contents), into: &staged)
        return DatabaseDump.Archive(
            holdings: .directory(outcome.output), taken: outcome.taken, warnings: outcome.warnings)
    }
}
