import PostgresClient
import TestSupport
import Testing

@Suite(
    "Which of some objects a database has", .tags(.postgres),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct ExistingObjectsTests {
    @Test("are found by schema and name, whatever characters these have")
    func found() async throws {
        let schemas = CatalogTests.names.map { $0 + PostgresCluster.uniqueName("_") }
        try await PostgresCluster.shared().connected { connection in
            for schema in schemas {
                _ = try await connection.query("CREATE SCHEMA \(SQL.identifier(schema))")
                _ = try await connection.query(
                    "CREATE TABLE \(SQL.identifier(schema)).\(SQL.identifier(schema + ",{}")) ()")
            }
            let there = schemas.map { RelationName(schema: $0, name: $0 + ",{}") }
            let absent =
                schemas.map { RelationName(schema: $0, name: $0) } + [
                    RelationName(schema: "", name: ""), RelationName(schema: "NULL", name: "NULL"),
                    RelationName(schema: schemas[0], name: schemas[1] + ",{}"),
                ]
            #expect(try await connection.existing(absent + there) == there)
            #expect(try await connection.existing([]) == [])
            #expect(try await connection.schemas().isSuperset(of: schemas + ["public", "pg_catalog"]))
            for schema in schemas {
                _ = try await connection.query("DROP SCHEMA \(SQL.identifier(schema)) CASCADE")
            }
        }
    }

    @Test("are written as SQL writes them")
    func description() {
        let names = [
            ("public", "t_1"), ("Sales", "line items"), ("a", "1st"), ("", "x"), ("q", "a\"b"),
        ].map { RelationName(schema: $0, name: $1).description }
        #expect(names == ["public.t_1", "\"Sales\".\"line items\"", "a.\"1st\"", "\"\".x", "q.\"a\"\"b\""])
    }
}
