/// A table of users' data, as far as reading it needs to know.
public struct Table: Sendable, Hashable {
    public let oid: UInt32
    public let schema: String
    public let name: String
    /// False for a partitioned table, which holds no rows itself.
    public let holdsRows: Bool
    /// Whether it is an ordinary heap, whose rows have places (`ctid`).
    public let isHeap: Bool
    /// Blocks of its own, without its TOAST table.
    public let pages: Int
    /// Bytes on disk with its TOAST table.
    public let sizeBytes: Int
    /// The columns that a dump holds, in order: not the dropped and not the generated ones.
    public let columns: [String]
    /// The rows that a dump holds, as a `WHERE …`, where an extension owns the others.
    public let condition: String?

    public init(
        oid: UInt32, schema: String, name: String, holdsRows: Bool, isHeap: Bool, pages: Int, sizeBytes: Int,
        columns: [String], condition: String?
    ) {
        self.oid = oid
        self.schema = schema
        self.name = name
        self.holdsRows = holdsRows
        self.isHeap = isHeap
        self.pages = pages
        self.sizeBytes = sizeBytes
        self.columns = columns
        self.condition = condition
    }
}

/// A table's name at one moment: its number stays the same, and another table may take the name.
public struct TableName: Sendable, Hashable {
    public let oid: UInt32
    public let schema: String
    public let name: String

    public init(oid: UInt32, schema: String, name: String) {
        self.oid = oid
        self.schema = schema
        self.name = name
    }
}

extension PostgresConnection {
    /// The tables that somebody made in the connected database and that we may read; no temporary ones.
    ///
    /// Everything below 16384 is the server's own.
    public func readableTables() async throws -> [TableName] {
        let result = try await query(
            """
            SELECT c.oid, n.nspname, c.relname
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
               AND \(Self.isReadable)
             ORDER BY c.oid
            """)
        return try result.rows.map { try Self.tableName($0) }
    }

    /// The first table that a dump holds and that we may not read; `nil` if there is none.
    ///
    /// Tables of extensions are left out, since a dump need not hold them.
    public func unreadableTable() async throws -> TableName? {
        let result = try await query(
            """
            SELECT c.oid, n.nspname, c.relname
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
               AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT (\(Self.isReadable))
               AND NOT EXISTS (
                   SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                      AND d.objsubid = 0 AND d.deptype = 'e')
             ORDER BY c.oid LIMIT 1
            """)
        return try result.rows.first.map { try Self.tableName($0) }
    }

    /// What it takes to lock a table for reading.
    private static let isReadable = """
        pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        """

    private static func tableName(_ row: [String?]) throws(PostgresError) -> TableName {
        let row = CatalogRow(row)
        return TableName(oid: try row.number(0), schema: try row.text(1), name: try row.text(2))
    }

    /// All about the tables of ``readableTables()``; takes looking at the file of each.
    public func tables() async throws -> [Table] {
        let columns = try await tableColumns()
        let result = try await query(
            """
            SELECT c.oid, n.nspname, c.relname, c.relkind = 'r', coalesce(a.amname = 'heap', false),
                   CASE c.relkind WHEN 'r' THEN pg_catalog.pg_relation_size(c.oid)
                        / pg_catalog.current_setting('block_size')::bigint ELSE 0 END,
                   CASE c.relkind WHEN 'r' THEN pg_catalog.pg_table_size(c.oid) ELSE 0 END,
                   (SELECT nullif(e.extcondition[pg_catalog.array_position(e.extconfig, c.oid)], '')
                      FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig) LIMIT 1)
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
             WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
               AND \(Self.isReadable)
            """)
        return try result.rows.map { row in
            let row = CatalogRow(row)
            let oid: UInt32 = try row.number(0)
            return Table(
                oid: oid, schema: try row.text(1), name: try row.text(2), holdsRows: try row.flag(3),
                isHeap: try row.flag(4), pages: try row.optionalNumber(5) ?? 0,
                sizeBytes: try row.optionalNumber(6) ?? 0, columns: columns[oid] ?? [],
                condition: row.optionalText(7))
        }
    }

    private func tableColumns() async throws -> [UInt32: [String]] {
        let result = try await query(
            """
            SELECT a.attrelid, a.attname FROM pg_catalog.pg_attribute a
              JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
             WHERE c.oid >= 16384 AND c.relkind = 'r' AND c.relpersistence <> 't'
               AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
             ORDER BY a.attrelid, a.attnum
            """)
        var columns: [UInt32: [String]] = [:]
        for row in result.rows {
            let row = CatalogRow(row)
            columns[try row.number(0), default: []].append(try row.text(1))
        }
        return columns
    }
}
