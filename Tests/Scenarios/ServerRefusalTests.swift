import SystemCalls
import TestSupport
import Testing

@Suite(
    "What PostgreSQL and its programs refuse", .tags(.postgres), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct ServerRefusalTests {
    /// Expects a refusal that leaves nothing in the store.
    private func expectRefusal(
        _ words: [String], by penstock: Penstock, in place: Place, _ code: Int32, saying: String..., hint: String,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await place.blobs()
        let finished = try await penstock.run(words)
        finished.expectingRefusal(code, hint: hint, at: location)
        for word in saying { #expect(finished.errors.contains(word), "\(finished.errors)", sourceLocation: location) }
        #expect(try await place.blobs() == before, sourceLocation: location)
        #expect(try Files.names(in: place.temporary) == [], sourceLocation: location)
    }

    @Test("a connection that cannot be made")
    func connections() async throws {
        let cluster = try await PostgresCluster.shared(.password)
        try await Place.make { place in
            let dump = ["dump", "--to", place.container]
            let good = place.penstock(cluster)
            var wrong = good
            wrong.environment["PGPASSWORD"] = Secrets.wrongPassword
            try await expectRefusal(
                dump + ["-d", "postgres"], by: wrong, in: place, 12, saying: "password", hint: "PGPASSWORD")
            try await expectRefusal(
                dump + ["-d", "postgresql://postgres:\(Secrets.wrongPassword)@/postgres"], by: good, in: place, 12,
                saying: "password", hint: "PGPASSWORD")
            var nobody = good
            nobody.environment["PGHOST"] = place.work
            try await expectRefusal(dump, by: nobody, in: place, 13, saying: "reached", hint: "PGHOST")
            try await expectRefusal(
                dump + ["-d", "no_such_db"], by: good, in: place, 10, saying: "no_such_db", hint: "psql -l")
            try await expectRefusal(
                dump + ["-d", "postgres", "-d", "no_such_db"], by: good, in: place, 10, saying: "no_such_db",
                hint: "psql -l")
            try await expectRefusal(
                dump + ["-d", "postgres", "-d", "template0"], by: good, in: place, 12, saying: "template0",
                hint: "ALLOW_CONNECTIONS")
        }
    }

    @Test("a program that is missing or older than the server, with the package that has it")
    func programs() async throws {
        let cluster = try await PostgresCluster.shared()
        try await Place.make { place in
            let penstock = place.penstock(cluster)
            let dump = ["dump", "--to", place.container, "--pg-bin", place.work]
            let major = cluster.programs.split(separator: "/").dropLast().last.map(String.init) ?? ""
            try await expectRefusal(
                dump, by: penstock, in: place, 15, saying: "pg_dump", hint: "postgresql-client-\(major)")
            let script = "#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.1'\n"
            try Files.open(place.work + "/pg_dump", .create, permissions: 0o755).write(Array(script.utf8).span)
            try await expectRefusal(
                dump, by: penstock, in: place, 15, saying: "13.1", "too old", hint: "postgresql-client-\(major)")
            try await expectRefusal(
                ["dump", "--to", place.container, "--pg-bin", place.work + "/absent"], by: penstock, in: place, 15,
                saying: "pg_dump", hint: "--pg-bin")
        }
    }

    @Test("a name that is taken, by a recovery point or by what a dump left behind")
    func names() async throws {
        let cluster = try await PostgresCluster.shared()
        try await Place.make { place in
            let penstock = place.penstock(cluster)
            let dump = ["dump", "--to", place.container, "--name", "taken"]
            try await penstock.run(dump).expecting()
            try await expectRefusal(dump, by: penstock, in: place, 11, saying: "`taken`", hint: "--name")
            try await penstock.run("blob", "remove", place.container + "/taken_timestamp.txt", "--yes").expecting()
            try await expectRefusal(dump, by: penstock, in: place, 11, saying: "`taken`", hint: "penstock orphans")
            try await expectRefusal(
                ["restore", place.container + "/taken", "--yes"], by: penstock, in: place, 11, saying: "marker",
                hint: "penstock orphans")
        }
    }

    @Test("a container that is missing, before pg_dump is run")
    func container() async throws {
        let cluster = try await PostgresCluster.shared()
        try await Place.make { place in
            try await expectRefusal(
                ["dump", "--to", place.server.account + "/absent"], by: place.penstock(cluster), in: place, 10,
                saying: "absent", hint: "--create-container")
        }
    }

    @Test("a target that does not fit")
    func targets() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("target")
        try await withDatabases([name], in: cluster) {
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run("dump", "-d", name, "--to", place.container, "--name", "set").expecting()
                let restore = ["restore", place.container + "/set", "--yes"]
                try await expectRefusal(restore, by: penstock, in: place, 11, saying: name, hint: "--clean")
                try await expectRefusal(
                    restore + ["--only", "other"], by: penstock, in: place, 10, saying: "other", name, hint: "--only")
                try await expectRefusal(
                    restore + ["-d", "no_such_db"], by: penstock, in: place, 10, saying: "no_such_db", hint: "psql -l")
                try await expectRefusal(
                    restore + ["--rename", "\(name)=absent"], by: penstock, in: place, 10, saying: "absent",
                    hint: "--create")
                try await expectRefusal(
                    ["restore", place.container + "/set", "--create", "--rename", "\(name)=absent"], by: penstock,
                    in: place, 2, saying: "--yes", hint: "penstock help restore")
                try await expectRefusal(
                    restore + ["--tablespaces"], by: penstock, in: place, 11, saying: name, hint: "--clean")
                #expect(try await cluster.value("SELECT count(*) FROM item", in: name) == "3")
            }
        }
    }
}
