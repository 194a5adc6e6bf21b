import Diagnostics
import FoundationEssentials
import PostgresClient
import TestSupport
import Testing

@Suite(
    "What a server says about itself", .tags(.postgres),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct CatalogTests {
    /// Names that break what is careless with quotes or takes names for connection strings.
    static let names = [
        "a=b", "postgres://x", "Tàble 表", "q\"uo'te", "back\\slash", "spa ce", "e\u{301}", "-d", "\"\u{301}x",
    ]

    @Test("lists databases with the facts of each")
    func databases() async throws {
        let name = PostgresCluster.uniqueName("listed")
        try await PostgresCluster.shared().connected { connection in
            _ = try await connection.query("CREATE DATABASE \(name) CONNECTION LIMIT 7 IS_TEMPLATE true")
            let all = try await connection.databases()
            let template = try #require(all.first { $0.name == "template0" })
            #expect(!template.allowsConnections && template.isTemplate)
            let listed = try #require(all.first { $0.name == name })
            #expect(listed.isTemplate && listed.allowsConnections)
            #expect(listed.owner == "postgres")
            #expect(listed.encoding == "UTF8")
            #expect(listed.oid >= 16384)
            #expect(try #require(listed.sizeBytes) > 1 << 20)
            #expect(all.map(\.name) == all.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            _ = try await connection.query("ALTER DATABASE \(name) IS_TEMPLATE false")
        }
    }

    @Test("makes databases with any name, connects to them, and finds them", arguments: names)
    func anyName(suffix: String) async throws {
        let name = suffix + PostgresCluster.uniqueName("_")
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { connection in
            let like = try #require(try await connection.definition(ofDatabase: "template1"))
            #expect(try await !connection.databaseExists(name))
            try await connection.createDatabase(name, like: like)
            #expect(try await connection.databaseExists(name))
            let error = await #expect(throws: PostgresError.self) {
                try await connection.createDatabase(name, like: like)
            }
            #expect(error?.kind == .exists)
            #expect(error?.exitCode == .exists)
        }
        try await cluster.connected(to: name) { connection in
            let current = try await connection.query("SELECT current_database()")
            #expect(current.firstValue == name)
            let environment = connection.childEnvironment(inheriting: [:])
            #expect(environment["PGDATABASE"] == name)
        }
    }

    @Test("describes a database well enough to make it again")
    func definition() async throws {
        let (source, copy) = (PostgresCluster.uniqueName("source"), PostgresCluster.uniqueName("copy"))
        try await PostgresCluster.shared().connected { connection in
            let role = PostgresCluster.uniqueName("Ünï Rôle")
            _ = try await connection.query("CREATE ROLE \(SQL.identifier(role))")
            var made = DatabaseDefinition(
                owner: role, encoding: "UTF8", collate: "C", characterType: "C.UTF-8", provider: .libc,
                providerLocale: nil, icuRules: nil, tablespace: "pg_default", connectionLimit: 3)
            try await connection.createDatabase(source, like: made)
            let read = try #require(try await connection.definition(ofDatabase: source))
            #expect(read == made)
            try await connection.createDatabase(copy, like: read)
            #expect(try await connection.definition(ofDatabase: copy) == made)
            #expect(try await connection.definition(ofDatabase: "nosuch") == nil)

            made = DatabaseDefinition(
                owner: nil, encoding: "UTF8", collate: "C", characterType: "C", provider: .icu,
                providerLocale: "en-US", icuRules: nil, tablespace: nil, connectionLimit: -1)
            let icu = PostgresCluster.uniqueName("icu")
            try await connection.createDatabase(icu, like: made)
            let found = try #require(try await connection.definition(ofDatabase: icu))
            #expect(found.provider == .icu && found.providerLocale == "en-US" && found.owner == "postgres")
        }
    }

    @Test("knows the settings of a database and of roles in it")
    func settings() async throws {
        let (name, role) = (PostgresCluster.uniqueName("set"), PostgresCluster.uniqueName("role"))
        try await PostgresCluster.shared().connected { connection in
            _ = try await connection.query("CREATE DATABASE \(name)")
            _ = try await connection.query("CREATE ROLE \(role)")
            _ = try await connection.query("ALTER DATABASE \(name) SET search_path = a, \"b=c\"")
            _ = try await connection.query("ALTER ROLE \(role) IN DATABASE \(name) SET work_mem = '5MB'")
            let settings = try await connection.settings(ofDatabase: name)
            #expect(settings.map(\.role) == [nil, role])
            #expect(settings.map(\.name) == ["search_path", "work_mem"])
            #expect(settings.map(\.value) == ["a, \"b=c\"", "5MB"])
            #expect(try await connection.roles().contains { $0.name == role && !$0.canLogIn && !$0.isSuperuser })
            #expect(try await connection.roles().contains { $0.name == "postgres" && $0.canLogIn && $0.isSuperuser })
        }
    }

    @Test(
        "tells an empty database from one that holds something",
        arguments: [
            ("SELECT 1", true), ("CREATE SCHEMA s", true), ("CREATE EXTENSION pgcrypto", true),
            ("CREATE EXTENSION pg_stat_statements", true), ("CREATE TABLE t ()", false),
            ("CREATE VIEW v AS SELECT 1", false), ("CREATE SEQUENCE s", false), ("SELECT lo_create(0)", false),
            ("CREATE TEMPORARY TABLE t ()", true),
        ])
    func emptiness(statement: String, isEmpty: Bool) async throws {
        let name = PostgresCluster.uniqueName("empty")
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { _ = try await $0.query("CREATE DATABASE \(name)") }
        try await cluster.connected(to: name) { connection in
            _ = try await connection.query(statement)
            #expect(try await connection.isEmptyDatabase() == isEmpty)
            let extensions = try await connection.extensions()
            #expect(extensions.contains { $0.name == "plpgsql" && $0.schema == "pg_catalog" })
            #expect(extensions.count == (statement.contains("EXTENSION") ? 2 : 1))
        }
    }

    @Test("knows its version, its name, its place and its time")
    func identity() async throws {
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { connection in
            let identity = try await connection.identity()
            #expect(identity.clusterName == "penstock-tests")
            #expect(identity.host == cluster.host)
            #expect(identity.address == nil)
            #expect(identity.port == 5432)
            #expect(identity.isLocal)
            #expect(connection.serverVersion.major >= 13)
            #expect(connection.serverVersion.text.hasPrefix("\(connection.serverVersion.major)"))
            let before = Date()
            let time = try await connection.currentTime()
            #expect(time >= before.addingTimeInterval(-0.001) && time <= Date().addingTimeInterval(0.001))
        }
    }

    @Test("does not let everybody do everything")
    func permission() async throws {
        let role = PostgresCluster.uniqueName("weak")
        let cluster = try await PostgresCluster.shared()
        try await cluster.connected { _ = try await $0.query("CREATE ROLE \(role) LOGIN") }
        let weak = ConnectionParameters(host: cluster.host, port: cluster.port, user: role, target: "postgres")
        try await withPostgresConnection(weak, log: .silent) { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT * FROM pg_authid")
            }
            #expect(error?.kind == .notPermitted)
            #expect(error?.exitCode == .notPermitted)
        }
    }

    @Test("gets back quoted names and values as they were", arguments: names + ["", "'", "\\'", "E'", "$$", "%"])
    func quoting(text: String) async throws {
        try await PostgresCluster.shared().connected { connection in
            for strings in ["on", "off"] {
                _ = try await connection.query("SET standard_conforming_strings = \(strings)")
                let result = try await connection.query("SELECT \(SQL.literal(text)) AS \(SQL.identifier(text + "_"))")
                #expect(result.rows == [[text]])
                #expect(result.columns == [text + "_"])
            }
        }
    }
}
