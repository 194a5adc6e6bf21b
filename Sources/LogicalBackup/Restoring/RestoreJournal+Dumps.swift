import PostgresClient
import PostgresFormats

// A dump of a database that is being restored, or whose restore was interrupted, must not carry the journal along: where
// it is restored, the journal would say what is there, and be wrong.
extension RestoreJournal {
    private static let tables: Set<ArchiveText> = ["finished", "archive", "counted"]

    /// Whether the connected database has a journal, whoever restores it.
    static func isPresent(on connection: PostgresConnection) async throws -> Bool {
        let count = try await connection.query(
            """
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c
             WHERE c.relnamespace = pg_catalog.to_regnamespace('\(schema)') AND c.relkind = 'r'
               AND c.relname IN ('finished', 'archive', 'counted')
            """
        ).firstValue
        return count == "\(tables.count)"
    }

    /// The entries of a journal that was dumped all the same; none if there is no such schema, or it is somebody's own.
    static func entries(in contents: TableOfContents) -> Set<DumpID> {
        let name = ArchiveText(stringLiteral: schema)
        let inside = contents.filter { $0.namespace == name }
        let made = inside.filter { $0.desc == "TABLE" }.compactMap(\.tag)
        guard Set(made) == tables else { return [] }
        let own = contents.filter { $0.desc == "SCHEMA" && $0.tag == name } + inside
        return contents.dependents(of: own.map(\.dumpID))
    }
}

extension DumpPlan.Item {
    /// Asks the database whether it has a journal; that is left out then, and a warning says so.
    func leavingOutJournal(in surroundings: Surroundings) async throws -> DumpPlan.Item {
        let hasJournal = try await withPostgresConnection(
            surroundings.connection.database(named: database.name), log: surroundings.log
        ) { try await RestoreJournal.isPresent(on: $0) }
        guard hasJournal else { return self }
        var item = self
        item.excludedSchemas.append(RestoreJournal.schema)
        item.warnings.append(
            "a restore into the database is under way or was interrupted: data that is still to come is not in the dump"
        )
        return item
    }
}
