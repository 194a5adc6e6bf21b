/// What pg_restore is to do, in the words of its own options.
///
/// A value always follows its option with an equals sign, so that one which begins with a dash is no option.
public struct RestoreOptions: Sendable, Hashable {
    public enum Section: String, Sendable, CaseIterable {
        case preData = "pre-data"
        case data
        case postData = "post-data"
    }

    public enum Content: Sendable, Hashable {
        case schemaAndData
        case dataOnly
        case schemaOnly
    }

    /// Stop at the first error; otherwise pg_restore counts them and exits with status 1.
    public var exitOnError = true
    public var noOwner = false
    public var noPrivileges = false
    /// Drop what is restored first, with `ifExists` quietly.
    public var clean = false
    /// Make the database under the archive's name; the database given is only connected to first.
    public var create = false
    public var ifExists = false
    /// Leave rows out where their table could not be made, most often because it was there and could not be dropped.
    public var noDataForFailedTables = false
    public var singleTransaction = false
    /// Disable the triggers of the tables while their data is restored; only with `dataOnly`.
    public var disableTriggers = false
    /// Restore with so many connections at once; `nil` is one.
    public var jobs: Int?
    /// `SET ROLE` after connecting.
    public var role: String?
    public var content = Content.schemaAndData
    /// Only these parts; empty means all.
    public var sections: [Section] = []
    /// Only these tables, views and sequences, by name; empty means all.
    public var tables: [String] = []
    /// Only these indexes, beside what the other names choose.
    public var indexes: [String] = []
    /// Only these functions, as `name(type, type)`, beside what the other names choose.
    public var functions: [String] = []
    /// Only in these schemas; empty means all.
    public var schemas: [String] = []
    public var excludedSchemas: [String] = []
    public init() {}

    var arguments: [String] {
        let flags: [(Bool, String)] = [
            (exitOnError, "--exit-on-error"), (noOwner, "--no-owner"), (noPrivileges, "--no-privileges"),
            (clean, "--clean"), (create, "--create"), (clean && ifExists, "--if-exists"),
            (noDataForFailedTables, "--no-data-for-failed-tables"), (singleTransaction, "--single-transaction"),
            (content == .dataOnly, "--data-only"),
            (content == .schemaOnly, "--schema-only"), (disableTriggers, "--disable-triggers"),
        ]
        // No format: pg_restore finds out by itself whether it is given a custom or a tar archive.
        var arguments = flags.filter(\.0).map(\.1)
        if let jobs { arguments.append("--jobs=\(jobs)") }
        if let role { arguments.append("--role=" + role) }
        arguments += sections.map { "--section=" + $0.rawValue }
        let names = [
            ("--schema=", schemas), ("--exclude-schema=", excludedSchemas), ("--table=", tables),
            ("--index=", indexes), ("--function=", functions),
        ]
        return arguments + names.flatMap { option, values in values.map { option + $0 } }
    }
}
