import PostgresFormats
import Testing

@Suite("The copy statement of an entry")
struct CopyStatementTests {
    @Test(
        "names its columns, however they are quoted",
        arguments: [
            ("COPY public.rows (id, body) FROM stdin;\n", ["id", "body"]),
            (
                "COPY \"Sché\"\"ma, ünï\".\"T (a) FROM stdin;\" (\"n\"\"q\"\"\", \", \", c) FROM stdin;\n",
                ["n\"q\"", ", ", "c"]
            ),
            ("COPY public.zero  FROM stdin;\n", []),
        ] as [(String, [String])])
    func columns(text: String, columns: [String]) throws {
        let statement = try #require(CopyStatement(ArchiveText(Array(text.utf8)[...])))
        #expect(statement.columns.map { String(decoding: $0, as: UTF8.self) } == columns)
    }

    @Test(
        "is refused if it is something else",
        arguments: [
            "", "COPY", "COPY rows FROM stdin;\n", "COPY public.rows (id FROM stdin;\n",
            "COPY public.rows () FROM stdin;\n",
            "COPY public.rows (id) FROM stdin;\nDROP TABLE x;", "COPY public.rows (id) FROM stdin WHERE true;\n",
            "COPY public.\"rows (id) FROM stdin;\n", "SELECT 1",
        ])
    func refused(text: String) { #expect(CopyStatement(ArchiveText(Array(text.utf8)[...])) == nil) }

    @Test("is understood in every entry of a real archive that has table data")
    func real() throws {
        for name in ["everything-z0-pipe.dump", "latin1.dump"] {
            let entries = try Fixture(name).contents().filter { $0.desc == "TABLE DATA" }
            #expect(!entries.isEmpty)
            for entry in entries {
                let text = try #require(entry.copyStatement)
                #expect(CopyStatement(text) != nil, "\(text)")
            }
        }
    }
}
