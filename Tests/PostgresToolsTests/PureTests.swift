import Diagnostics
import PostgresTools
import Testing

@Suite("The versions of client programs")
struct ToolVersionTests {
    @Test(
        "are read from what the programs say",
        arguments: [
            ("pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", 15, 20),
            ("psql (PostgreSQL) 16beta1", 16, nil), ("pg_restore (PostgreSQL) 17devel\n", 17, nil),
            ("pg_dumpall (PostgreSQL) 18rc2 (x)", 18, nil), ("pg_dump (PostgreSQL) 10", 10, 0),
        ])
    func read(answer: String, major: Int, minor: Int?) {
        let version = ToolVersion(answer: answer)
        #expect(version?.major == major)
        #expect(version?.minor == minor)
    }

    @Test(
        "are not read from anything else",
        arguments: [
            "", "pg_dump", "pg_dump (PostgreSQL) ", "pg_dump (PostgreSQL) 9.6.24", "pg_dump (PostgreSQL) x15",
            "pg_dump (PostgreSQL) 15.", "pg_dump (PostgreSQL) 15x", "pg_dump (PostgreSQL) 99999999999999999999.1",
            "pg_dump (PostgreSQL) 15.99999999999999999999", "GNU bash, version 5.2",
        ])
    func unreadable(answer: String) {
        #expect(ToolVersion(answer: answer) == nil)
    }

    @Test("come in the order of their making")
    func order() throws {
        let texts = ["15.9", "15.20", "16beta1", "16.0", "16.1", "17devel"]
        let versions = try texts.map { try #require(ToolVersion($0)) }
        #expect(versions.shuffled().sorted() == versions)
    }

    @Test(
        "that will do: the lowest major not below the server, then the highest minor",
        arguments: [(15, "15.20"), (14, "15.20"), (16, "16.3"), (17, "18.1"), (19, nil)] as [(Int, String?)])
    func rule(serverMajor: Int, chosen: String?) throws {
        let tools = try ["18.1", "15.3", "15.20", "16beta1", "16.3"].map { text in
            InstalledTool(tool: .dump, path: "/\(text)", version: try #require(ToolVersion(text)))
        }
        #expect(ToolRule.dumping(serverMajor: serverMajor).choose(from: tools)?.version.text == chosen)
        #expect(ToolRule.restoring(dumpMajor: serverMajor, serverMajor: 13).choose(from: tools)?.version.text == chosen)
        #expect(ToolRule.restoring(dumpMajor: 13, serverMajor: serverMajor).choose(from: tools)?.version.text == chosen)
    }
}

@Suite("The arguments of client programs")
struct ArgumentsTests {
    private let fifteen = ToolVersion("15.20")
    private let sixteen = ToolVersion("16.1")

    @Test("name a database so that it cannot be taken for a connection string")
    func database() {
        #expect(ConnectionString.database("postgres://x") == "dbname='postgres://x'")
        #expect(ConnectionString.database("a='b\\") == "dbname='a=\\'b\\\\'")
    }

    @Test(
        "say the compression as each version understands it",
        arguments: [
            ("none", "-Z0", "--compress=none"), ("gzip", "-Z6", "--compress=gzip"),
            ("gzip:1", "-Z1", "--compress=gzip:1"),
            ("zstd:3", nil, "--compress=zstd:3"), ("lz4", nil, "--compress=lz4"),
        ])
    func compression(text: String, old: String?, new: String) throws {
        let option = try #require(CompressionOption(text))
        #expect(try option.argument(for: #require(sixteen)) == new)
        if let old {
            #expect(try option.argument(for: #require(fifteen)) == old)
        } else {
            let error = #expect(throws: ToolError.self) { try option.argument(for: #require(fifteen)) }
            #expect(error?.kind == .optionUnsupported)
            #expect(error?.exitCode == .toolMismatch)
        }
    }

    @Test(
        "take no compression that does not exist",
        arguments: [
            "", "gzip:", "gzip:0", "gzip:10", "zstd:23", "none:1", "brotli", "gzip:1:2", "gzip: 1", "lz4:13", "GZIP",
        ])
    func badCompression(text: String) {
        #expect(CompressionOption(text) == nil)
    }

    @Test("are these")
    func lists() throws {
        #expect(
            try Arguments.dump(database: "d", compression: .none, version: #require(fifteen))
                == ["--format=custom", "-Z0", "--no-password", "--dbname=dbname='d'"])
        #expect(
            Arguments.dumpRoles(database: "d", passwords: false)
                == ["--roles-only", "--no-password", "--dbname=dbname='d'", "--no-role-passwords"])
        #expect(Arguments.schemaScript() == ["--format=custom", "--schema-only", "--file=-"])
        var options = RestoreOptions()
        #expect(
            Arguments.restore(database: "d", options)
                == ["--exit-on-error", "--no-password", "--dbname=dbname='d'"])
        options.exitOnError = false
        options.noOwner = true
        options.noPrivileges = true
        options.ifExists = true
        options.role = "r"
        options.sections = [.preData, .data]
        options.tables = ["a b", "-c"]
        let arguments = [
            "--no-owner", "--no-privileges", "--role=r", "--section=pre-data", "--section=data",
            "--table=a b", "--table=-c", "--no-password", "--dbname=dbname='d'",
        ]
        #expect(Arguments.restore(database: "d", options) == arguments)
        options.clean = true
        #expect(Arguments.restore(database: "d", options).contains("--if-exists"))
    }
}

@Suite("The messages of client programs")
struct ToolMessageTests {
    @Test(
        "are known by their beginnings",
        arguments: [
            (
                "pg_dump: warning: there are circular foreign-key constraints", ToolMessage.Level.warning,
                "there are circular foreign-key constraints", nil
            ),
            (
                "pg_dump: error: connection to server failed: FATAL:  x", .error,
                "connection to server failed: FATAL:  x", nil
            ),
            (
                "pg_restore: error: could not execute query: ERROR:  relation exists", .error,
                "could not execute query: ERROR:  relation exists", nil
            ),
            ("pg_restore: while PROCESSING TOC:", .info, "while PROCESSING TOC:", nil),
            ("pg_restore: from TOC entry 5; 1259 1 TABLE t o", .info, "from TOC entry 5; 1259 1 TABLE t o", nil),
            ("pg_restore: warning: errors ignored on restore: 1", .warning, "errors ignored on restore: 1", nil),
            ("pg_dump: detail: Query was: SELECT 1", .detail, "Query was: SELECT 1", nil),
            ("pg_dump: hint: Try --help", .detail, "Try --help", nil),
            ("psql:<stdin>:12: ERROR:  role \"a: b\" already exists", .error, "role \"a: b\" already exists", 12),
            ("psql:<stdin>:2: ERROR:  42710: role exists", .error, "role exists", 2),
            (
                "psql:<stdin>:2: FEHLER:  42710: Rolle »a: b« existiert bereits", .error,
                "Rolle »a: b« existiert bereits", 2
            ),
            ("psql:<stdin>:2: ОШИБКА:  3D000: x", .error, "x", 2),
            ("psql:<stdin>:2: WARNUNG:  01000: x", .warning, "x", 2),
            ("psql:<stdin>:2: HINWEIS:  00000: x", .info, "x", 2),
            ("FEHLER:  42710: x", .detail, "FEHLER:  42710: x", nil),
            ("psql:<stdin>:3: NOTICE:  skipping", .info, "skipping", 3),
            (
                "psql:<stdin>:4: error: backslash commands are restricted", .error, "backslash commands are restricted",
                4
            ),
            ("psql:/a:b/c.sql:7: WARNING:  w", .warning, "w", 7),
            ("psql: error: connection to server failed", .error, "connection to server failed", nil),
            (
                "pg_dumpall: error: query failed: ERROR:  permission denied", .error,
                "query failed: ERROR:  permission denied", nil
            ),
            ("ERROR:  bare", .error, "bare", nil), ("LINE 1: SELECT", .detail, "1: SELECT", nil),
            ("Command was: CREATE TABLE t ();", .detail, "Command was: CREATE TABLE t ();", nil),
            ("        ^", .detail, "^", nil), ("", .detail, "", nil), ("psql:", .info, "", nil),
            ("psql:99999999999999999999: ", .info, "", nil),
        ] as [(String, ToolMessage.Level, String, Int?)])
    func read(line: String, level: ToolMessage.Level, text: String, number: Int?) {
        let message = ToolMessage(line)
        #expect(message.level == level)
        #expect(message.text == text)
        #expect(message.line == number)
        #expect((message.state != nil) == line.contains(#/psql:.*:  [0-9A-Z]{5}: /#))
    }
}
