public import PostgresTools

/// Which part of an archive is to be restored, as it was asked for.
///
/// All but `excludedTables` and `list` is pg_restore's own choice, in its own words: names are compared as they are, a
/// table's name has no schema in front, and what depends on a table does not come with it.
public struct RestoreSelection: Sendable, Hashable {
    public var content = RestoreOptions.Content.schemaAndData
    /// Only these parts; empty means all.
    public var sections: [RestoreOptions.Section] = []
    /// Only these tables, views and sequences; empty means all.
    public var tables: [String] = []
    public var indexes: [String] = []
    /// As the archive lists them, with the types of their arguments.
    public var functions: [String] = []
    /// Only what is in these schemas; empty means all.
    public var schemas: [String] = []
    public var excludedSchemas: [String] = []
    /// Not these tables, nor what cannot be there without them.
    public var excludedTables: [String] = []
    /// Only these entries.
    public var list: EntryList?

    public init() {}

    public var isEverything: Bool { self == RestoreSelection() }

    /// What pg_restore itself chooses by.
    var options: RestoreOptions {
        var options = RestoreOptions()
        options.exitOnError = false
        options.content = content
        options.sections = sections
        options.tables = tables
        options.indexes = indexes
        options.functions = functions
        options.schemas = schemas
        options.excludedSchemas = excludedSchemas
        return options
    }
}
