import Diagnostics
import PostgresClient
import PostgresFormats

/// What a restore has done so far, in the database that it restores, until all data is there.
///
/// Each batch is written down in its own transaction: what is there and what is written down are the same, whatever
/// breaks the restore off.
struct RestoreJournal: Sendable {
    static let schema = "penstock_restore"

    /// What an earlier run has left; empty in the first one.
    let record: Record
    private let connection: ConnectionParameters
    private let log: Log

    /// The members whose data is there.
    var finished: Set<DumpID> { record.finished }

    /// Begins one; `nil` where the role may not.
    ///
    /// - Parameters:
    ///   - archive: What is restored; another archive never goes on here.
    ///   - role: Who writes the batches down, if not the role that connects.
    ///   - passedOver: What was passed over on the way here, which no later run will meet.
    ///   - before: The databases that the same run has restored already.
    static func begin(
        of archive: String, by role: String?, passedOver: PassedOver, before: [RestoreReport.Part],
        in connection: ConnectionParameters, log: Log
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
                    """
                    CREATE UNLOGGED TABLE \(schema).counted (
                        ordinal integer, part text, bytes bigint, errors integer, messages text)
                    """,
                ] { _ = try await session.query(statement) }
                if let role = role.map(SQL.identifier) {
                    _ = try await session.query("GRANT USAGE ON SCHEMA \(schema) TO \(role)")
                    _ = try await session.query("GRANT INSERT ON \(schema).finished TO \(role)")
                }
                _ = try await session.query("INSERT INTO \(schema).archive VALUES ($1)", [archive])
                try await Record.write(passedOver, before: before, on: session)
                _ = try await session.query("COMMIT")
            }
        } catch let error as PostgresError where error.sqlState != nil {
            log.info("this restore cannot be continued if it is interrupted", ["because": error.summary])
            return nil
        }
        return RestoreJournal(record: Record(), connection: connection, log: log)
    }

    /// The one that an interrupted restore left.
    ///
    /// Throws ``RestoreError`` if there is none of this archive.
    static func find(
        of archive: String, in connection: ConnectionParameters, named database: String, log: Log
    ) async throws -> RestoreJournal {
        guard let record = try await Record.find(of: archive, in: connection, named: database, log: log) else {
            throw RestoreError(.nothingToContinue, database: database)
        }
        return RestoreJournal(record: record, connection: connection, log: log)
    }

    private static let dropping = [
        "DROP TABLE \(schema).finished, \(schema).archive, \(schema).counted", "DROP SCHEMA \(schema)",
    ]

    /// Whether there are all tables, and ours: what else has such a name is somebody else's, or a trap.
    static func isThere(_ session: PostgresConnection) async throws -> Bool {
        let count = try await session.query(
            """
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c
             WHERE c.relnamespace = pg_catalog.to_regnamespace('\(schema)')
               AND c.relname IN ('finished', 'archive', 'counted')
               AND c.relkind = 'r' AND pg_catalog.pg_get_userbyid(c.relowner) = current_user
            """
        ).firstValue
        return count == "3"
    }

    /// Whether the data of all of them has been written down meanwhile, by whoever else restores.
    func hasNow(_ members: [StoredArchive.Member]) async throws -> Bool {
        let now = try await withPostgresConnection(connection, log: log) { try await Record.entries($0) }
        return Set(now.compactMap(DumpID.init)).isSuperset(of: members.map(\.dumpID))
    }

    /// Writes down that the data of these members is there.
    func statement(recording members: [StoredArchive.Member]) -> String {
        "INSERT INTO \(Self.schema).finished VALUES "
            + members.map { "(\($0.dumpID))" }.joined(separator: ", ") + ";"
    }

    func record(_ members: [StoredArchive.Member]) async throws { try await run([statement(recording: members)]) }

    func beginFinish() async throws {
        try await run(["INSERT INTO \(Self.schema).finished VALUES (\(Record.finish)) ON CONFLICT DO NOTHING"])
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
