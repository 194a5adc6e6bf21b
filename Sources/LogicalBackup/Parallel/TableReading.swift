import PostgresClient

/// The statements with which a session reads tables as pg_dump would.
struct TableReading: Sendable {
    /// The encoding of the archive, in the server's words.
    let encoding: String

    /// Whether text of the archive is UTF-8, or as good as it: without an encoding the server takes our bytes as they are.
    var isUnicode: Bool { ["UTF8", "SQL_ASCII"].contains(encoding) }

    /// Names are sent in the encoding of the session, which is the archive's.
    private func identifier(_ name: String) -> String {
        isUnicode ? SQL.identifier(name) : SQL.asciiIdentifier(name)
    }

    private func name(_ table: Table) -> String { "\(identifier(table.schema)).\(identifier(table.name))" }

    /// Locks the tables, or fails at once if somebody else waits for one.
    func lock(_ parts: [TablePart]) -> TableLock {
        TableLock(
            parts.map { TableLock.Target(name: "\($0.table.schema).\($0.table.name)", quoted: name($0.table)) },
            orFail: true)
    }

    /// The number of the table that has the name at the moment; NULL if there is none.
    func number(of part: TablePart) -> String {
        "pg_catalog.to_regclass(\(SQL.literal(name(part.table))))::pg_catalog.oid"
    }

    func copy(_ part: TablePart) -> String {
        let columns = part.table.columns.map(identifier).joined(separator: ", ")
        let condition = part.pages.map(Self.condition) ?? part.table.condition
        guard let condition else {
            return "COPY \(name(part.table))\(columns.isEmpty ? "" : " (\(columns))") TO STDOUT"
        }
        return "COPY (SELECT \(columns) FROM ONLY \(name(part.table)) \(condition)) TO STDOUT"
    }

    private static func condition(_ pages: TablePart.Pages) -> String {
        let first = "WHERE ctid >= '(\(pages.first),0)'::pg_catalog.tid"
        return pages.end.map { first + " AND ctid < '(\($0),0)'::pg_catalog.tid" } ?? first
    }
}

extension PostgresConnection {
    /// Makes a session write its rows as pg_dump's does, and never end by itself.
    ///
    /// - Parameter encoding: Of what comes; `nil` leaves it at ours.
    func prepareToRead(encoding: String?) async throws {
        var settings = [
            ("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("extra_float_digits", "3"), ("bytea_output", "hex"),
            ("synchronize_seqscans", "off"), ("row_security", "off"), ("search_path", ""),
            ("standard_conforming_strings", "on"), ("statement_timeout", "0"), ("lock_timeout", "0"),
            ("idle_in_transaction_session_timeout", "0"), ("max_parallel_workers_per_gather", "0"),
            // Ranges of pages are read as such, whatever the planner thinks of it.
            ("enable_seqscan", "off"),
        ]
        if serverVersion.major >= 14 { settings.append(("idle_session_timeout", "0")) }
        if serverVersion.major >= 17 { settings.append(("transaction_timeout", "0")) }
        if let encoding { settings.append(("client_encoding", encoding)) }
        let calls = settings.map { name, value in
            "pg_catalog.set_config(\(SQL.literal(name)), \(SQL.literal(value)), false)"
        }
        try await query("SELECT " + calls.joined(separator: ", "))
    }
}
