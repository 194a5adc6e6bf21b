extension PostgresConnection {
    /// True if the connected database holds nothing of a user's: no relation outside the system's schemas and its
    /// extensions, and no large object.
    public func isEmptyDatabase() async throws -> Bool {
        let result = try await query(
            """
            SELECT EXISTS (
                     SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                      WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
                        AND NOT EXISTS (
                              SELECT FROM pg_catalog.pg_depend e
                               WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid
                                 AND e.deptype = 'e'))
                OR EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
            """)
        return try !CatalogRow(result.rows.first ?? []).flag(0)
    }

    /// The extensions of the connected database, by name.
    public func extensions() async throws -> [InstalledExtension] {
        let result = try await query(
            """
            SELECT e.extname, e.extversion, n.nspname
              FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
             ORDER BY e.extname COLLATE "C"
            """)
        return try result.rows.map { row in
            let row = CatalogRow(row)
            return InstalledExtension(name: try row.text(0), version: try row.text(1), schema: try row.text(2))
        }
    }
}

/// An extension in one database.
public struct InstalledExtension: Sendable, Hashable {
    public let name: String
    public let version: String
    public let schema: String
}
