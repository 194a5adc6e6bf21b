public import BackupCatalog
public import BackupModel
import PostgresTools

/// The list of what would be restored of one database, as pg_restore writes it, for a person to edit.
public struct PartListing: Sendable {
    /// Lines of text in the database's own encoding.
    public let lines: [[UInt8]]

    /// Reads the table of contents of the archive; no server is asked.
    ///
    /// Throws what ``RestoreTask/make(for:settings:of:contents:in:)`` throws of an archive and a part of it.
    public static func make(
        for request: RestorePlan.Request, settings: RestoreSettings, of point: RecoveryPoint,
        contents: StoredContents, in surroundings: Surroundings
    ) async throws -> PartListing {
        let pairs = try RestorePlan.pairs(request, available: point.databases.map(\.name))
        guard let source = pairs.first?.source, pairs.count == 1 else { throw SelectionError(.listForSeveral) }
        let restore = try await surroundings.tools.find(.restore, for: ToolRule(leastMajor: point.dumpMajor ?? 0))
        let selector = PartSelector(
            settings: settings, contents: contents, restore: restore, surroundings: surroundings)
        let selected = try await selector.part(of: try point.database(named: source))
        var options = RestoreOptions()
        options.exitOnError = false
        let listing = try await ArchiveListing.make(
            selected.contents, options, by: restore, environment: surroundings.environment)
        return PartListing(
            lines: listing.lines
                .filter { line in line.dumpID.map(selected.dumpIDs.contains) ?? true }.map { Array($0.text) })
    }
}
