public import BackupCatalog
public import BackupModel
public import PostgresFormats
import PostgresTools

/// The list of what would be restored of one database, as pg_restore writes it, for a person to edit.
public struct PartListing: Sendable {
    public struct Line: Sendable {
        /// As pg_restore writes it, in the database's own encoding.
        public let text: [UInt8]
        /// `nil` in the comments at the beginning.
        public let entry: TOCEntry?
    }

    public let lines: [Line]

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
        let chosen = listing.lines.filter { line in line.dumpID.map(selected.dumpIDs.contains) ?? true }
        return PartListing(
            lines: chosen.map { line in
                Line(text: Array(line.text), entry: line.dumpID.flatMap { selected.contents[$0] })
            })
    }
}
