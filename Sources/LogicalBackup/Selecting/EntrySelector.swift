import BlobStorage
import Diagnostics
import PostgresFormats
import PostgresTools

/// Finds the entries of an archive that a selection means.
///
/// pg_restore itself says what its options choose, from the table of contents alone; what it has no options for is taken
/// away from that.
struct EntrySelector {
    let selection: RestoreSelection
    let noPrivileges: Bool
    let restore: InstalledTool
    /// This process's; of it only what a child needs is handed on.
    let environment: [String: String]

    /// Throws ``SelectionError`` if a name means nothing, or everything together does not.
    func entries(
        of contents: TableOfContents, archiveSize: Int, memberSizes: [DumpID: Int]? = nil, pieces: PieceDigests?,
        database: String
    ) async throws -> SelectedEntries {
        try selection.checkNames(in: contents, of: database)
        let listing = try await listing(of: contents, database: database)
        let excluded = ExcludedTables(
            selection.excludedTables, in: contents, where: selection.isInSchemas)
        var dumpIDs = listing.dumpIDs.subtracting(excluded.dumpIDs)
        let leftOut = excluded.others.filter { listing.dumpIDs.contains($0.dumpID) }
        if let list = selection.list { dumpIDs.formIntersection(list.dumpIDs) }
        guard !dumpIDs.isEmpty else { throw SelectionError(.nothingSelected, database: database) }
        return SelectedEntries(
            contents: contents, archiveSize: archiveSize, memberSizes: memberSizes, pieces: pieces, dumpIDs: dumpIDs,
            leftOut: leftOut,
            makesSchemas: selection.list == nil)
    }

    private func listing(of contents: TableOfContents, database: String) async throws -> ArchiveListing {
        var options = selection.options
        options.noPrivileges = noPrivileges
        do {
            return try await ArchiveListing.make(contents, options, by: restore, environment: environment)
        } catch let error where !(error is CancellationError) {
            throw SelectionError(.listingFailed, database: database, cause: error)
        }
    }
}
