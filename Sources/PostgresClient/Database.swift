/// One database of a server, as a list shows it.
public struct Database: Sendable, Hashable {
    public let name: String
    public let oid: UInt32
    public let owner: String
    public let encoding: String
    /// False for `template0`, which nobody can dump.
    public let allowsConnections: Bool
    public let isTemplate: Bool
    /// On the server's disk; `nil` if we may not know (no CONNECT privilege).
    public let sizeBytes: Int?

    public init(
        name: String, oid: UInt32, owner: String, encoding: String, allowsConnections: Bool, isTemplate: Bool,
        sizeBytes: Int?
    ) {
        self.name = name
        self.oid = oid
        self.owner = owner
        self.encoding = encoding
        self.allowsConnections = allowsConnections
        self.isTemplate = isTemplate
        self.sizeBytes = sizeBytes
    }
}

extension PostgresConnection {
    /// All databases of the server, by name.
    public func databases() async throws -> [Database] {
        let result = try await query(
            """
            SELECT d.datname, d.oid, pg_catalog.pg_get_userbyid(d.datdba),
                   pg_catalog.pg_encoding_to_char(d.encoding), d.datallowconn, d.datistemplate,
                   CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                        THEN pg_catalog.pg_database_size(d.oid) END
              FROM pg_catalog.pg_database d
             ORDER BY d.datname COLLATE "C"
            """)
        return try result.rows.map { row in
            let row = CatalogRow(row)
            return Database(
                name: try row.text(0), oid: try row.number(1), owner: try row.text(2), encoding: try row.text(3),
                allowsConnections: try row.flag(4), isTemplate: try row.flag(5), sizeBytes: try row.optionalNumber(6))
        }
    }

    public func databaseExists(_ name: String) async throws -> Bool {
        try await !query("SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1", [name]).rows.isEmpty
    }
}

/// A row of a catalog query, whose columns are what the query says or the server is not PostgreSQL.
struct CatalogRow {
    private let values: [String?]

    init(_ values: [String?]) { self.values = values }

    func optionalText(_ index: Int) -> String? { values.indices.contains(index) ? values[index] : nil }

    func text(_ index: Int) throws(PostgresError) -> String {
        guard let text = optionalText(index) else { throw unexpected(index) }
        return text
    }

    func number<Number: FixedWidthInteger>(_ index: Int) throws(PostgresError) -> Number {
        guard let number = Number(try text(index)) else { throw unexpected(index) }
        return number
    }

    func optionalNumber<Number: FixedWidthInteger>(_ index: Int) throws(PostgresError) -> Number? {
        optionalText(index) == nil ? nil : try number(index)
    }

    func flag(_ index: Int) throws(PostgresError) -> Bool { try text(index) == "t" }

    private func unexpected(_ index: Int) -> PostgresError {
        PostgresError(kind: .queryFailed, message: "column \(index + 1) of a catalog is not what it should be")
    }
}
