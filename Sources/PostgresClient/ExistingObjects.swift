/// The name of a table, view or sequence in its schema.
public struct RelationName: Sendable, Hashable {
    public let schema: String
    public let name: String

    public init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }
}

extension RelationName: CustomStringConvertible {
    /// As SQL writes it, with quotes where they are needed: `public.orders`, `"Sales"."line items"`.
    public var description: String { Self.quoted(schema) + "." + Self.quoted(name) }

    private static func quoted(_ name: String) -> String {
        let isPlain =
            name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
            && !(name.utf8.first.map { (0x30...0x39).contains($0) } ?? true)
        return isPlain ? name : SQL.identifier(name)
    }
}

extension PostgresConnection {
    /// Those of the relations that the connected database has, in their order.
    public func existing(_ relations: [RelationName]) async throws -> [RelationName] {
        guard !relations.isEmpty else { return [] }
        let result = try await query(
            """
            SELECT n.nspname, c.relname
              FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
                   AS wanted (schema, name)
              JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
              JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
            """, [SQL.array(relations.map(\.schema)), SQL.array(relations.map(\.name))])
        let found = try Set(
            result.rows.map { row in
                let row = CatalogRow(row)
                return RelationName(schema: try row.text(0), name: try row.text(1))
            })
        return relations.filter(found.contains)
    }

    /// The schemas of the connected database.
    public func schemas() async throws -> Set<String> {
        let result = try await query("SELECT nspname FROM pg_catalog.pg_namespace")
        return try Set(result.rows.map { try CatalogRow($0).text(0) })
    }
}

extension SQL {
    /// The text form of an array of texts, to be given as a parameter.
    static func array(_ texts: [String]) -> String {
        var result = String.UnicodeScalarView("{".unicodeScalars)
        for (index, text) in texts.enumerated() {
            if index > 0 { result.append(",") }
            result.append("\"")
            for scalar in text.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { result.append("\\") }
                result.append(scalar)
            }
            result.append("\"")
        }
        result.append("}")
        return String(result)
    }
}
