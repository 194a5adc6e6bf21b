import SystemCalls

/// The state of a database that several sessions can read at once, exported by one of them.
public struct ExportedSnapshot: Sendable, Hashable {
    /// What `SET TRANSACTION SNAPSHOT` and `pg_dump --snapshot` take.
    public let id: String
    /// The server process of the session that exported it.
    public let process: Int
    /// What that session's transaction sees, in the server's own words; stays the same as long as it is open.
    public let vision: String
    /// When the server started that it is of, in microseconds since 1970.
    public let serverStart: Int
}

extension PostgresConnection {
    /// Whether something between us and the server gives our session's statements to server processes of its own
    /// choice, as pools of connections do.
    public func isPooled() async throws -> Bool {
        let announced = await threads.run { [session] in session.value?.processID } ?? 0
        let process = try await query("SELECT pg_catalog.pg_backend_pid()").firstValue
        return process != "\(announced)"
    }

    /// Exports the snapshot of the transaction that is open.
    public func exportSnapshot() async throws -> ExportedSnapshot {
        let result = try await query("SELECT pg_catalog.pg_export_snapshot()")
        let id = try CatalogRow(result.rows.first ?? []).text(0)
        let (process, vision) = try await transaction()
        return ExportedSnapshot(id: id, process: process, vision: vision, serverStart: try await serverStart())
    }

    /// Begins a transaction on a snapshot that another session has exported; false if this is not its server.
    ///
    /// Another server may have a snapshot of that name by chance; it is told from the right one by what it sees, and by
    /// when the server started. After `false` a transaction may be open.
    public func begin(on snapshot: ExportedSnapshot) async throws -> Bool {
        try await query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        do {
            try await query("SET TRANSACTION SNAPSHOT \(SQL.literal(snapshot.id))")
        } catch let error as PostgresError where Self.noSuchSnapshot.contains(error.sqlState ?? "") {
            return false
        }
        let (_, vision) = try await transaction()
        let start = try await serverStart()
        return vision == snapshot.vision && start == snapshot.serverStart
    }

    /// Before version 17, and from then on.
    private static let noSuchSnapshot = ["22023", "42704"]

    private func serverStart() async throws -> Int {
        let result = try await query(
            "SELECT (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint")
        return try CatalogRow(result.rows.first ?? []).number(0)
    }

    /// Whether the transaction that exported a snapshot on this connection is still open.
    ///
    /// All its locks are then held, too. Throws ``PostgresError`` if the session has ended.
    public func holds(_ snapshot: ExportedSnapshot) async throws -> Bool {
        guard await threads.run({ [session] in session.value?.isInTransaction ?? false }) else { return false }
        return try await transaction() == (snapshot.process, snapshot.vision)
    }

    private func transaction() async throws -> (process: Int, vision: String) {
        let result = try await query(
            "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_current_snapshot()::text")
        let row = CatalogRow(result.rows.first ?? [])
        return (try row.number(0), try row.text(1))
    }
}

extension PostgresConnection {
    /// The tables on which this session holds the lock that readers take.
    public func tablesLocked() async throws -> Set<UInt32> {
        let result = try await query(
            """
            SELECT relation FROM pg_catalog.pg_locks
             WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND mode = 'AccessShareLock' AND granted
               AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            """)
        return Set(try result.rows.map { try CatalogRow($0).number(0) })
    }
}
