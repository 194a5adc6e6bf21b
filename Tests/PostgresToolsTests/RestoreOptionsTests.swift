import PostgresTools
import Testing

@Suite("What pg_restore is told to restore")
struct RestoreOptionsTests {
    @Test("a name stays a name, whatever it begins with or holds")
    func names() {
        var options = RestoreOptions()
        options.exitOnError = false
        options.tables = ["--clean", "a b", "x=y", "Tàble 表", "new\nline"]
        options.schemas = ["-s"]
        options.excludedSchemas = [""]
        options.indexes = ["i"]
        options.functions = ["f(integer, text)"]
        #expect(
            Arguments.list(options) == [
                "--list", "--schema=-s", "--exclude-schema=", "--table=--clean", "--table=a b", "--table=x=y",
                "--table=Tàble 表", "--table=new\nline", "--index=i", "--function=f(integer, text)",
            ])
    }

    @Test("rows alone, and definitions alone")
    func content() {
        var options = RestoreOptions()
        options.exitOnError = false
        options.content = .dataOnly
        options.disableTriggers = true
        #expect(
            Arguments.restore(database: "d", options) == [
                "--data-only", "--disable-triggers", "--no-password", "--dbname=dbname='d'",
            ])
        options.content = .schemaOnly
        options.noDataForFailedTables = true
        options.disableTriggers = false
        #expect(
            Arguments.list(options) == ["--list", "--no-data-for-failed-tables", "--schema-only"])
    }
}
