import SystemCalls
import TestSupport
import Testing

@Suite(
    "Dumps as scripts", .tags(.postgres), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct PlainDumpTests {
    /// Names, rows and objects that are hard to write as a script.
    private static let nasty = #"""
        CREATE TABLE "näme ""q""\.'" (id int PRIMARY KEY, "a b" text, b bytea, x float8, m int[]);
        INSERT INTO "näme ""q""\.'" SELECT g, E'tab\t nl\n bs\\ \\. ' || g, decode(md5(g::text), 'hex'), 'NaN', ARRAY[g]
          FROM generate_series(1, 1000) g;
        INSERT INTO "näme ""q""\.'" VALUES (0, E'\\.', NULL, '-Infinity', NULL), (-1, '', '', 0, '{}');
        CREATE TABLE no_rows (a int); CREATE TABLE no_columns (); INSERT INTO no_columns DEFAULT VALUES;
        CREATE TABLE says AS SELECT E'--\n-- PostgreSQL database dump complete\n--\n\n' AS what;
        CREATE SEQUENCE counting START 5; SELECT nextval('counting');
        CREATE FUNCTION quoting() RETURNS text LANGUAGE sql AS $f$ SELECT $$\.$$ || E'\n' $f$;
        CREATE VIEW seen AS SELECT id FROM "näme ""q""\.'";
        SELECT lo_from_bytea(0, 'one'), lo_from_bytea(0, '');
        """#

    @Test("of a nasty database go back by psql, by restore and into a new database; a cut one is found")
    func roundTrip() async throws {
        let cluster = try await PostgresCluster.shared()
        let names = ["nasty_plain", "by_psql", "by_restore", "by_create"].map { PostgresCluster.uniqueName($0) }
        let (source, byPsql, byRestore, byCreate) = (names[0], names[1], names[2], names[3])
        try await withDatabases(names, in: cluster, rows: 200) {
            for name in names.dropFirst() { try await cluster.run("DROP TABLE item", in: name) }
            try await cluster.dropDatabase(byCreate)
            try await cluster.program(
                "psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1"], database: source, input: Array(Self.nasty.utf8)
            )
            .expecting()
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run(
                    "dump", "-d", source, "--to", place.container, "--name", "set", "--format", "plain"
                ).expecting()
                let blob = "set_database_\(source).sql"
                let bytes = try await place.download(blob)
                let stock = try await cluster.program("pg_dump", [], database: source).expecting().output
                #expect(Self.comparable(bytes) == Self.comparable(stock))
                try await cluster.program(
                    "psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1"], database: byPsql, input: bytes
                ).expecting()
                try await cluster.expectSame(source, byPsql)
                try await penstock.run("restore", place.container + "/set", "-d", byRestore, "--yes").expecting()
                try await cluster.expectSame(source, byRestore)
                try await penstock.run(
                    "restore", place.container + "/set", "--create", "--rename", "\(source)=\(byCreate)", "--yes"
                ).expecting()
                try await cluster.expectSame(source, byCreate)
                // Dropped, and made anew under its own name.
                try await cluster.dropDatabase(source)
                try await penstock.run("restore", place.container + "/set", "--create", "--yes").expecting()
                try await cluster.expectSame(source, byCreate)
                try await penstock.run("restore", place.container + "/set", "-d", byRestore, "--clean", "--yes")
                    .expectingRefusal(2, saying: "script", hint: "--create")
                for level in ["sizes", "bytes", "archive"] {
                    try await penstock.run("verify", place.container + "/set", "--level", level).expecting()
                }
                try await place.upload(Array(bytes.dropLast(20)), to: blob, replacing: true)
                let cut = try await penstock.run("verify", place.container + "/set", "--level", "archive", "--json")
                cut.expecting(14)
                #expect(cut.text.contains("verify.script-unfinished"))
                try await place.expectNothingLeft(in: names, on: cluster)
            }
        }
    }

    /// The lines of a script that do not differ from run to run.
    private static func comparable(_ script: [UInt8]) -> [ArraySlice<UInt8>] {
        script.split(separator: UInt8(ascii: "\n")).filter { line in
            !line.starts(with: "\\restrict ".utf8) && !line.starts(with: "\\unrestrict ".utf8)
        }
    }

    @Test("are refused with what they cannot have before roles are made")
    func refusedFirst() async throws {
        let cluster = try await PostgresCluster.shared()
        let (name, role) = (PostgresCluster.uniqueName("script"), PostgresCluster.uniqueName("script_role"))
        try await withDatabases([name], in: cluster) {
            try await Place.make { place in
                let script = try await cluster.program("pg_dump", [], database: name).expecting().output
                try await place.upload(script, to: "theirs_database_\(name).sql")
                try await place.upload(Array("CREATE ROLE \(role);\n".utf8), to: "theirs_roles.sql")
                let restore = ["restore", place.container + "/theirs", "-d", name, "--roles", "--yes"]
                for words in [["--clean"], ["--role", "postgres", "--clean"]] {
                    try await place.penstock(cluster).run(restore + words).expectingRefusal(2)
                }
                #expect(try await cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = $1", [role]) == "0")
            }
        }
    }

    @Test("are refused with what they cannot have, and without the last words of pg_dump")
    func refused() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("plain")
        try await withDatabases([name], in: cluster) {
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                let words = ["dump", "-d", name, "--to", place.container, "--name", "set", "--format", "plain"]
                for more in [["--compress", "deflate:9"], ["--jobs", "2"]] {
                    let finished = try await penstock.run(words + more)
                    finished.expecting(2)
                    #expect(finished.errors.contains("plain"))
                }
                // A pg_dump that leaves its last line out and exits with 0 nonetheless.
                let programs = place.work + "/bin"
                try Files.makeDirectory(programs)
                for program in ["pg_dumpall", "pg_restore"] {
                    let wrapper = "#!/bin/sh\nexec \(cluster.programs)/\(program) \"$@\"\n"
                    try Files.open("\(programs)/\(program)", .create, permissions: 0o755).write(
                        Array(wrapper.utf8).span)
                }
                let wrapper =
                    "#!/bin/sh\ncase \"$*\" in *--version*) exec \(cluster.programs)/pg_dump \"$@\";; esac\n"
                    + "\(cluster.programs)/pg_dump \"$@\" | grep -v 'dump complete'\n"
                try Files.open(programs + "/pg_dump", .create, permissions: 0o755).write(Array(wrapper.utf8).span)
                try await penstock.run(words + ["--pg-bin", programs])
                    .expectingRefusal(14, saying: "pg_dump writes last", hint: "dump again")
                #expect(try await place.blobs().isEmpty)
            }
        }
    }
}
