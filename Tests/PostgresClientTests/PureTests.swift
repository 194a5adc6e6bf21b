import Diagnostics
import PostgresClient
import Testing

@Suite("Statements and errors")
struct PureTests {
    @Test("quote names and values")
    func quoting() {
        #expect(SQL.identifier("a\"b") == "\"a\"\"b\"")
        #expect(SQL.identifier("a\"\u{301}b").unicodeScalars.elementsEqual("\"a\"\"\u{301}b\"".unicodeScalars))
        #expect(SQL.literal("it's") == "'it''s'")
        #expect(SQL.literal("a\\'b") == " E'a\\\\''b'")
    }

    @Test("make a database in the words of each version")
    func createStatement() {
        var definition = DatabaseDefinition(
            owner: "o", encoding: "UTF8", collate: "C", characterType: "de_DE.UTF-8", provider: .icu,
            providerLocale: "de", icuRules: "&a < b", tablespace: "fast", connectionLimit: 5)
        let beginning =
            #"CREATE DATABASE "d" TEMPLATE template0 OWNER "o" ENCODING 'UTF8' LC_COLLATE 'C' "#
            + "LC_CTYPE 'de_DE.UTF-8'"
        let end = #" TABLESPACE "fast" CONNECTION LIMIT 5"#
        #expect(definition.createStatement(name: "d", serverMajor: 14) == beginning + end)
        #expect(
            definition.createStatement(name: "d", serverMajor: 15)
                == beginning + " LOCALE_PROVIDER icu ICU_LOCALE 'de'" + end)
        #expect(
            definition.createStatement(name: "d", serverMajor: 16)
                == beginning + " LOCALE_PROVIDER icu ICU_LOCALE 'de' ICU_RULES '&a < b'" + end)
        definition.provider = .builtin
        definition.providerLocale = "C.UTF-8"
        definition.owner = nil
        definition.tablespace = nil
        definition.connectionLimit = -1
        #expect(
            definition.createStatement(name: "d\"", serverMajor: 17)
                == #"CREATE DATABASE "d""" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'de_DE.UTF-8'"#
                + " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'")
    }

    @Test("have an exit code and a code of their own for every kind", arguments: PostgresError.Kind.allCases)
    func kinds(kind: PostgresError.Kind) {
        let error = PostgresError(kind: kind, message: "m")
        #expect(error.code.hasPrefix("postgres."))
        #expect(error.summary.hasSuffix("m"))
        #expect((error.exitCode == .failed) == (kind == .queryFailed))
    }
}
