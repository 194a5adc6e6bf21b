/// The arguments of the client programs, as pure functions.
///
/// None holds a host, a user or a password: the server comes from the environment (`PGHOST`, `PGPASSWORD`…). A `database`
/// is a plain name, whatever characters it has; it is passed as ``ConnectionString/database(_:)``.
public enum Arguments {
    /// pg_dump of one database, as a custom archive to standard output.
    ///
    /// - Parameter excludedSchemas: Left out; patterns as pg_dump reads them.
    public static func dump(
        database: String, excludedSchemas: [String] = [], compression: CompressionOption, version: ToolVersion
    ) throws(ToolError) -> [String] {
        [
            "--format=custom", try compression.argument(for: version), "--no-password",
            "--dbname=" + ConnectionString.database(database),
        ] + excludedSchemas.map { "--exclude-schema=" + $0 }
    }

    /// The same for a snapshot that another session has exported, with the table data or without.
    ///
    /// Whoever exports the snapshot must hold locks on all tables since before it was taken: pg_dump locks them after,
    /// and would find a table that was truncated in between empty. It gives up when it waits longer than that for its
    /// own.
    public static func dump(
        database: String, excludedSchemas: [String] = [], snapshot: String, includesTableData: Bool,
        lockWaitSeconds: Int, version: ToolVersion
    ) throws(ToolError) -> [String] {
        try dump(database: database, excludedSchemas: excludedSchemas, compression: .none, version: version)
            + ["--snapshot=" + snapshot, "--lock-wait-timeout=\(lockWaitSeconds * 1000)"]
            + (includesTableData ? [] : ["--exclude-table-data=*.*"])
    }

    /// pg_dump of one database, as a script to standard output.
    public static func dumpScript(database: String, excludedSchemas: [String] = []) -> [String] {
        ["--format=plain", "--no-password", "--dbname=" + ConnectionString.database(database)]
            + excludedSchemas.map { "--exclude-schema=" + $0 }
    }

    /// pg_dumpall of the roles, with `passwords` or without.
    ///
    /// Reading passwords takes a superuser.
    public static func dumpRoles(database: String, passwords: Bool) -> [String] {
        ["--roles-only", "--no-password", "--dbname=" + ConnectionString.database(database)]
            + (passwords ? [] : ["--no-role-passwords"])
    }

    /// pg_dumpall of the tablespaces.
    public static func dumpTablespaces(database: String) -> [String] {
        [
            "--tablespaces-only", "--no-password", "--dbname=" + ConnectionString.database(database),
            "--no-role-passwords",
        ]
    }

    /// pg_restore of an archive into a database.
    ///
    /// - Parameter file: The archive; `nil` is standard input, which is not for several jobs.
    public static func restore(database: String, _ options: RestoreOptions, from file: String? = nil) -> [String] {
        options.arguments + ["--no-password", "--dbname=" + ConnectionString.database(database)]
            + (file.map { [$0] } ?? [])
    }

    /// pg_restore that lists the entries which it would restore with these options, of an archive on standard input.
    ///
    /// Only the table of contents is read, so the input may end behind it.
    public static func list(_ options: RestoreOptions) -> [String] { ["--list"] + options.arguments }

    /// pg_restore that writes the schema of an archive on standard input as SQL to standard output.
    ///
    /// Only the table of contents is read, so the input may end behind it.
    public static func schemaScript() -> [String] { ["--format=custom", "--schema-only", "--file=-"] }

    /// psql of a script on standard input.
    ///
    /// With `stopsAtError` it ends at the first error with status 3; otherwise it goes on, exits with 0, and writes each
    /// error with its state (`VERBOSITY=verbose`).
    ///
    /// psql takes the end of its input for success: what feeds it must kill it first when the input is cut off.
    public static func script(database: String, stopsAtError: Bool) -> [String] {
        [
            "--no-psqlrc", "--quiet", "--no-password",
            stopsAtError ? "--set=ON_ERROR_STOP=1" : "--set=VERBOSITY=verbose",
            "--dbname=" + ConnectionString.database(database), "--file=-",
        ]
    }
}
