import CommandLineKit
import LogicalBackup
import PostgresTools
import SystemCalls

/// The options of `penstock restore` that choose a part of each archive, with the names and letters of pg_restore.
enum RestoreSelectionOptions {
    static let table = Option(
        repeated: "table", short: "t", .text("TABLE"),
        help: "only this table, view or sequence, and its rows: the bare name, without its indexes and constraints")
    static let schema = Option(
        repeated: "schema", short: "n", .text("SCHEMA"), help: "only what is in this schema")
    static let excludedTable = Option(
        repeated: "exclude-table", .text("TABLE"), help: "not this table, nor what cannot be there without it")
    static let excludedSchema = Option(
        repeated: "exclude-schema", short: "N", .text("SCHEMA"), help: "not what is in this schema")
    static let index = Option(
        repeated: "index", short: "I", .text("INDEX"), help: "only this index, beside what else is named")
    static let function = Option(
        repeated: "function", short: "P", .text("NAME(ARGS)"),
        help: "only this function, as --list writes it, beside what else is named")
    static let useList = Option(
        "use-list", short: "L", .file(), help: "only the entries in this file, which --list wrote and you have edited")
    static let section = Option(
        repeated: "section", .choice("SECTION", of: RestoreOptions.Section.self), help: "only this part of the work")
    static let dataOnly = Option(flag: "data-only", short: "a", help: "only rows and large objects, into what is there")
    static let schemaOnly = Option(flag: "schema-only", short: "s", help: "only definitions, no rows")
    static let list = Option(
        flag: "list", short: "l", help: "print what would be restored, for --use-list, and do nothing")

    static let group = OptionGroup(
        "A part of the archive",
        [
            table, schema, excludedTable, excludedSchema, index, function, useList, section, dataOnly, schemaOnly, list,
        ])
    static let rules: [OptionRule] = [
        .atMostOne([dataOnly, schemaOnly, section]), .atMostOne([dataOnly, RestoreCommand.clean]),
        .atMostOne([dataOnly, RestoreCommand.create]),
        .option(RestoreCommand.disableTriggers, needs: dataOnly),
    ]

    /// The longest list that is read: a million entries have about 100 MiB.
    static let longestList = 256 << 20
}

extension ParsedArguments {
    /// The part that the command line asks for; reads the file of `--use-list`.
    func restoreSelection() throws -> RestoreSelection {
        typealias Options = RestoreSelectionOptions
        var selection = RestoreSelection()
        selection.tables = self[Options.table]
        selection.schemas = self[Options.schema]
        selection.excludedTables = self[Options.excludedTable]
        selection.excludedSchemas = self[Options.excludedSchema]
        selection.indexes = self[Options.index]
        selection.functions = self[Options.function]
        selection.sections = self[Options.section]
        if self[Options.dataOnly] { selection.content = .dataOnly }
        if self[Options.schemaOnly] { selection.content = .schemaOnly }
        selection.list = try self[Options.useList].map { try EntryList(contents(of: $0)) }
        return selection
    }

    private func contents(of path: String) throws -> [UInt8] {
        do {
            return try Files.contents(of: path, limit: RestoreSelectionOptions.longestList)
        } catch {
            throw refusal("the file of --use-list cannot be read", cause: error)
        }
    }
}
