import Diagnostics
import PostgresClient
import PostgresFormats

/// What a restore has done so far, in the database that it restores, until all data is there.
///
/// Each batch is written down in its own transaction: what is there and what is written down are the same, whatever
/// breaks the restore off.
struct RestoreJournal: Sendable {
    private static let schema = "penstock_restore"

    /// The members whose data is there.
    let finished: Set<DumpID>
    /// Whether indexes, keys and the like have been begun.
    let hasBegunFinish: Bool
    private let connection: ConnectionParameters
    private let log: Log

    /// Begins one; `nil` where the role may not.
    ///
    /// - Parameters:
    ///   - archive: What is restored; another archive never goes on here.
    ///   - role: Who writes the batches down, if not the role that connects.
    static func begin(
        of archive: String, by role: String?, in connection: ConnectionParameters, log: Log
    ) async throws -> RestoreJournal? {
        do {
            try await withPostgresConnection(connection, log: log) { session in
                for statement in [
                    "SET client_min_messages = warning", "SET default_transaction_read_only = off", "BEGIN",
                ] { _ = try await session.query(statement) }
                // A schema of that name which is not ours stays, and cannot be made again.
                if try await isThere(session) { for statement in dropping { _ = try await session.query(statement) } }
                for statement in [
                    "CREATE SCHEMA \(schema)", "CREATE UNLOGGED TABLE \(schema).archive (name text)",
                    "CREATE TABLE \(schema).finished (entry integer PRIMARY KEY)",
                ] { _ = try await session.query(statement) }
                if let role = role.map(SQL.identifier) {
                    _ = try await session.query("GRANT USAGE ON SCHEMA \(schema) TO \(role)")
                    _ = try await session.query("GRANT INSERT ON \(schema).finished TO \(role)")
                }
                _ = try await session.query("INSERT INTO \(schema).archive VALUES ($1)", [archive])
                _ = try await session.query("COMMIT")
            }
        } catch let error as PostgresError where error.sqlState != nil {
            log.info("this restore cannot be continued if it is interrupted", ["because": error.summary])
            return nil
        }
        return RestoreJournal(finished: [], hasBegunFinish: false, connection: connection, log: log)
    }

    /// The one that an interrupted restore left.
    ///
    /// Throws ``RestoreError`` if there is none of this archive. The name of the archive is in an unlogged table: a server
    /// that crashed has emptied it, and with it the unlogged tables that had been restored.
    static func find(
        of archive: String, in connection: ConnectionParameters, named database: String, log: Log
    ) async throws -> RestoreJournal {
        try await withPostgresConnection(connection, log: log) { session in
            guard try await isThere(session) else { throw RestoreError(.nothingToContinue, database: database) }
            guard try await !othersWrite(session) else { throw RestoreError(.stillWritten, database: database) }
            let name = try await session.query("SELECT name FROM \(schema).archive").firstValue
            guard let name else { throw RestoreError(.nothingToContinue, database: database) }
            guard name == archive else { throw RestoreError(.otherArchive, database: database) }
            let entries = try await entries(session)
            return RestoreJournal(
                finished: Set(entries.compactMap(DumpID.init)), hasBegunFinish: entries.contains(finish),
                connection: connection, log: log)
        }
    }

    /// Stands for the stage behind the data.
    private static let finish: Int32 = 0

    private static let dropping = ["DROP TABLE \(schema).finished, \(schema).archive", "DROP SCHEMA \(schema)"]

    /// Whether there are both tables, and ours: what else has such a name is somebody else's, or a trap.
    private static func isThere(_ session: PostgresConnection) async throws -> Bool {
        let count = try await session.query(
            """
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c
             WHERE c.relnamespace = pg_catalog.to_regnamespace('\(schema)') AND c.relname IN ('finished', 'archive')
               AND c.relkind = 'r' AND pg_catalog.pg_get_userbyid(c.relowner) = current_user
            """
        ).firstValue
        return count == "2"
    }

    /// Whether other sessions change tables of the database: a pg_restore may outlive the run that started it.
    private static func othersWrite(_ session: PostgresConnection) async throws -> Bool {
        let count = try await session.query(
            """
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks l
              JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
             WHERE l.pid <> pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation >= 16384
               AND l.mode IN ('RowExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'AccessExclusiveLock')
            """
        ).firstValue
        return count != "0"
    }

    private static func entries(_ session: PostgresConnection) async throws -> [Int32] {
        try await session.query("SELECT entry FROM \(schema).finished").rows.compactMap { row in
            row[0].flatMap { Int32($0) }
        }
    }

    /// Whether the data of all of them has been written down meanwhile, by whoever else restores.
    func hasNow(_ members: [StoredArchive.Member]) async throws -> Bool {
        let now = try await withPostgresConnection(connection, log: log) { try await Self.entries($0) }
        return Set(now.compactMap(DumpID.init)).isSuperset(of: members.map(\.dumpID))
    }

    /// Writes down that the data of these members is there.
    func statement(recording members: [StoredArchive.Member]) -> String {
        "INSERT INTO \(Self.schema).finished VALUES "
            + members.map { "(\($0.dumpID))" }.joined(separator: ", ") + ";"
    }

    func record(_ members: [StoredArchive.Member]) async throws { try await run([statement(recording: members)]) }

    func beginFinish() async throws {
        try await run(["INSERT INTO \(Self.schema).finished VALUES (\(Self.finish)) ON CONFLICT DO NOTHING"])
    }

    func end() async throws {
        try await run(Self.dropping)
    }

    private func run(_ statements: [String]) async throws {
        try await withPostgresConnection(connection, log: log) { session in
            _ = try await session.query("SET default_transaction_read_only = off")
            for statement in statements { _ = try await session.query(statement) }
        }
    }
}
