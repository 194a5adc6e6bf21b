import SystemCalls
import TestSupport
import Testing

@Suite(
    "Restore with several jobs", .tags(.postgres), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct ParallelRestoreTests {
    /// A database made by a script of fixtures/order-sensitive, and how it is restored.
    struct Sample: Sendable, CustomTestStringConvertible {
        let script: String
        var role: String?
        /// Run in the target before.
        var dirt: [String] = []
        var options: [String] = []
        /// What is compared, where the two cannot be the same: rows of enums are spread over partitions by chance.
        var queries: [String] = []
        var testDescription: String { dirt.isEmpty ? script : script + " over a dirty target" }
    }

    static let samples = [
        Sample(
            script: "partitions",
            queries: ["by_colour", "routed", "routed_early", "pointing"].map {
                "SELECT count(*) || md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM \($0) t"
            }),
        Sample(script: "privileges", role: "order_owner"),
        Sample(script: "late-objects"), Sample(script: "foreign-keys"),
        Sample(script: "foreign-keys", dirt: ["foreign-keys", "dirty"], options: ["--clean"]),
        Sample(script: "late-objects", dirt: ["late-objects"], options: ["--clean"]),
    ]

    @Test("ends exactly where stock pg_restore ends", arguments: samples)
    func orderSensitive(sample: Sample) async throws {
        let cluster = try await PostgresCluster.shared()
        let names = ["order", "order_stock", "order_jobs"].map(PostgresCluster.uniqueName)
        let (name, stock, jobs) = (names[0], names[1], names[2])
        try await cluster.makeOrderRoles()
        try await withEmptyDatabases(names, owner: sample.role, in: cluster) {
            try await cluster.runScript(sample.script, in: name)
            for target in [stock, jobs] {
                for dirt in sample.dirt { try await cluster.runScript(dirt, in: target) }
            }
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run(
                    "dump", "-d", name, "--to", place.container, "--name", "set", "--compress", "none"
                ).expecting()
                let archive = try await place.download("set_database_\(name).sql")
                let words = sample.options.flatMap { [$0] + ($0 == "--clean" ? ["--if-exists"] : []) }
                let user = sample.role.map { ["-U", $0] } ?? []
                let restored = try await cluster.program(
                    "pg_restore", words + user + ["-d", stock], input: archive)
                // Stock's exit status is 1 where penstock's is 3.
                let finished = try await penstock.run(
                    ["restore", place.container + "/set", "-d", jobs, "--yes", "--jobs", "4", "--json"]
                        + sample.options + user
                ).expecting(restored.code == 0 ? 0 : 3)
                let errors = try JSON(finished.text).list("parts").reduce(0) { try $0 + $1.number("errors") }
                #expect("\(errors)" == restored.errorsIgnored, "\(restored.errors) \(finished.text)")
                if sample.queries.isEmpty { try await cluster.expectSame(stock, jobs) }
                for query in sample.queries {
                    #expect(try await cluster.value(query, in: jobs) == cluster.value(query, in: stock), "\(query)")
                }
                try await place.expectNothingLeft(in: [jobs], on: cluster)
            }
        }
    }

    @Test("a database that --create makes has its privileges, settings and comment, and may be read-only")
    func created() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("order_created")
        try await cluster.makeOrderRoles()
        func facts() async throws -> String? {
            try await cluster.value(
                """
                SELECT concat_ws('; ', (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(datacl) a),
                    datconnlimit, setconfig, shobj_description(d.oid, 'pg_database'))
                FROM pg_database d LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0
                WHERE datname = $1
                """, [name])
        }
        try await withDatabases([name], in: cluster) {
            try await cluster.run("REVOKE CONNECT ON DATABASE \(name) FROM public")
            try await cluster.run("GRANT TEMPORARY ON DATABASE \(name) TO order_reader")
            try await cluster.run("COMMENT ON DATABASE \(name) IS 'made again'")
            try await cluster.run("ALTER DATABASE \(name) CONNECTION LIMIT 30")
            try await cluster.run("ALTER DATABASE \(name) SET default_transaction_read_only = on")
            let before = try #require(try await facts())
            #expect(before.contains("order_reader") && before.contains("read_only") && before.contains("again"))
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run("dump", "-d", name, "--to", place.container, "--name", "set").expecting()
                try await cluster.dropDatabase(name)
                let planned = try await penstock.run(
                    "restore", place.container + "/set", "--create", "--jobs", "3", "--dry-run", "--json"
                ).expecting()
                #expect(try JSON(planned.text).number("jobs") == 3)
                try await penstock.run(
                    "restore", place.container + "/set", "--create", "--yes", "--jobs", "3"
                ).expecting()
                let after = try await facts()
                #expect(after == before)
                #expect(try await cluster.value("SELECT count(*) FROM item", in: name) == "3")
            }
        }
    }

    @Test("as another role, which may do no more than make things in the database, each batch arrives at once")
    func asAnotherRole() async throws {
        let cluster = try await PostgresCluster.shared()
        let names = ["role", "role_jobs"].map(PostgresCluster.uniqueName)
        let role = PostgresCluster.uniqueName("restoring \"x\"")
        let owner = PostgresCluster.quoted(role)
        try await cluster.run("CREATE ROLE \(owner) NOLOGIN")
        try await withEmptyDatabases(names, in: cluster) {
            for number in 1...5 {
                try await cluster.run(
                    "CREATE TABLE part_\(number) AS SELECT i, md5(i::text) FROM generate_series(1, 1000 * \(number)) i",
                    in: names[0])
            }
            try await cluster.run("ALTER TABLE part_5 ADD PRIMARY KEY (i)", in: names[0])
            try await cluster.run("SELECT lo_from_bytea(0, 'large object')", in: names[0])
            try await cluster.run("GRANT CREATE ON DATABASE \(names[1]) TO \(owner)")
            try await cluster.run("GRANT CREATE ON SCHEMA public TO \(owner)", in: names[1])
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run("dump", "-d", names[0], "--to", place.container, "--name", "set").expecting()
                let finished = try await penstock.run(
                    "restore", place.container + "/set", "-d", names[1], "--role", role, "--no-owner",
                    "--no-privileges", "--jobs", "2", "--yes", "--verbose"
                ).expecting()
                #expect(!finished.errors.contains("rolled back"), "\(finished.errors)")
                #expect(!finished.errors.contains("cannot be continued"), "\(finished.errors)")
            }
            let owners = "SELECT count(*) FROM pg_tables WHERE tableowner = $1"
            #expect(try await cluster.value(owners, [role], in: names[1]) == "5")
            for number in 1...5 {
                let rows = "SELECT count(*) || md5(string_agg(t::text, ' ' ORDER BY i)) FROM part_\(number) t"
                let expected = try await cluster.value(rows, in: names[0])
                #expect(try await cluster.value(rows, in: names[1]) == expected)
            }
            #expect(try await cluster.value("SELECT to_regnamespace('penstock_restore')", in: names[1]) == nil)
        }
        try await cluster.run("DROP ROLE \(owner)")
    }

    @Test("without files in memory, the table of contents is in one that has no name")
    func withoutMemoryFiles() async throws {
        let cluster = try await PostgresCluster.shared()
        let names = ["order", "order_jobs"].map(PostgresCluster.uniqueName)
        try await cluster.makeOrderRoles()
        try await withEmptyDatabases(names, in: cluster) {
            try await cluster.runScript("foreign-keys", in: names[0])
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run("dump", "-d", names[0], "--to", place.container, "--name", "set").expecting()
                let finished = try await penstock.withoutMemoryFiles(
                    ["restore", place.container + "/set", "-d", names[1], "--yes", "--jobs", "3", "--verbose"]
                ).expecting()
                #expect(finished.errors.contains("is in a temporary file"), "\(finished.errors)")
                try await cluster.expectSame(names[0], names[1])
                try await place.expectNothingLeft(in: [names[1]], on: cluster)
            }
        }
    }

    @Test("rows that a check looks up elsewhere arrive in the end, whatever is restored first")
    func checks() async throws {
        let cluster = try await PostgresCluster.shared()
        let names = ["order", "order_jobs"].map(PostgresCluster.uniqueName)
        try await withEmptyDatabases(names, in: cluster) {
            try await cluster.runScript("checks", in: names[0])
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run(
                    "dump", "-d", names[0], "--to", place.container, "--name", "set", "--compress", "none"
                ).expecting()
                let finished = try await penstock.run(
                    "restore", place.container + "/set", "-d", names[1], "--yes", "--jobs", "2", "--verbose"
                ).expecting()
                #expect(finished.errors.contains("rolled back"), "no batch was in the wrong order")
                try await cluster.expectSame(names[0], names[1])
            }
        }
    }
}

extension Finished {
    /// How many errors pg_restore says it passed over.
    fileprivate var errorsIgnored: String {
        errors.firstMatch(of: #/errors ignored on restore: (\d+)/#).map { String($0.1) } ?? "0"
    }
}

extension PostgresCluster {
    fileprivate func makeOrderRoles() async throws {
        for role in ["order_owner", "order_reader"]
        where try await value(
            "SELECT count(*) FROM pg_roles WHERE rolname = $1", [role]) == "0"
        {
            try await run("CREATE ROLE \(role) LOGIN")
        }
    }

    /// Runs a script of fixtures/order-sensitive.
    fileprivate func runScript(_ name: String, in database: String) async throws {
        let file = Fixtures.packageRoot + "/fixtures/order-sensitive/\(name).sql"
        try await program("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file], database: database).expecting()
    }
}

/// Makes databases without anything in them for as long as `body` runs.
private func withEmptyDatabases(
    _ names: [String], owner: String? = nil, in cluster: PostgresCluster, _ body: () async throws -> Void
) async throws {
    func drop() async throws {
        for name in names {
            guard try await cluster.hasDatabase(name) else { continue }
            // It would keep its database from being dropped.
            try await cluster.run("DROP SUBSCRIPTION IF EXISTS subscribed", in: name)
            try await cluster.dropDatabase(name)
        }
    }
    do {
        for name in names {
            try await cluster.run("CREATE DATABASE \(name)" + (owner.map { " OWNER \($0)" } ?? ""))
        }
        try await body()
    } catch {
        try await drop()
        throw error
    }
    try await drop()
}
