import BackupCatalog
import BackupModel
import PostgresClient
import PostgresFormats
import PostgresTools

/// Chooses the wanted part of each archive, and asks what of it the target has.
struct PartSelector {
    let settings: RestoreSettings
    let contents: StoredContents
    let restore: InstalledTool
    let surroundings: Surroundings

    /// The chosen entries by the database's name; none where everything is to be restored.
    func parts(of databases: [RecoveryPoint.Database]) async throws -> [String: SelectedEntries] {
        guard !settings.selection.isEverything else { return [:] }
        guard settings.selection.list == nil || databases.count == 1 else {
            throw SelectionError(.listForSeveral)
        }
        var parts: [String: SelectedEntries] = [:]
        for database in databases { parts[database.name] = try await part(of: database) }
        return parts
    }

    /// The chosen entries of one archive, which may be all.
    func part(of database: RecoveryPoint.Database) async throws -> SelectedEntries {
        let stored = try await read(database)
        let selector = EntrySelector(
            selection: settings.selection, noPrivileges: settings.noPrivileges, restore: restore,
            environment: surroundings.environment)
        return try await selector.entries(
            of: stored.contents, archiveSize: stored.size, memberSizes: stored.memberSizes, pieces: database.pieces,
            database: database.name)
    }

    private func read(
        _ database: RecoveryPoint.Database
    ) async throws -> StoredContents.Outline {
        do {
            return try await contents.read(database)
        } catch let error as ArchiveError where error.kind == .notCustom {
            throw SelectionError(.notCustom, database: database.name, cause: error)
        }
    }

    /// What a database of the target means for a part, and the part with the schemas that it lacks there.
    ///
    /// - Parameter database: `nil` if it is still to be made; it then has what every new database has.
    func state(
        of database: String?, for part: SelectedEntries
    ) async throws -> (part: SelectedEntries, target: RestorePlan.Target) {
        func completed(_ schemas: Set<String>) -> SelectedEntries {
            let missing = part.neededSchemas.filter { !schemas.contains($0.key) }
            return part.adding(schemas: Array(missing.values), noPrivileges: settings.noPrivileges)
        }
        guard let database else { return (completed(["public"]), .absent) }
        return try await withPostgresConnection(
            surroundings.connection.database(named: database), log: surroundings.log
        ) { connection in
            let part = completed(try await connection.schemas())
            if try await connection.isEmptyDatabase() { return (part, .empty) }
            // Names that are not UTF-8 cannot be asked for: then nothing may be there.
            guard let made = part.madeRelations else { return (part, .occupied) }
            let existing = try await connection.existing(made).map(\.description)
            return (part, .shared(existing: existing, fillsOthers: part.fillsOthers, isDroppable: part.isDroppable))
        }
    }
}
