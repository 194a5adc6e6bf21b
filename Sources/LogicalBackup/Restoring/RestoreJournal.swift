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
    /// - Parameter archive: What is restored; another archive never goes on here.
    static func begin(
        of archive: String, in connection: ConnectionParameters, log: Log
    ) async throws -> RestoreJournal? {
        do {
            try await withPostgresConnection(connection, log: log) { session in
                for statement in [
                    "SET client_min_messages = warning", "SET default_transaction_read_only = off", "BEGIN",
                    "DROP TABLE IF EXISTS \(schema).finished, \(schema).archive", "DROP SCHEMA IF EXISTS \(schema)",
                    "CREATE SCHEMA \(schema)", "CREATE UNLOGGED TABLE \(schema).archive (name text)",
                    "CREATE TABLE \(schema).finished (entry integer PRIMARY KEY)",
                ] { _ = try await session.query(statement) }
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
            let table = try await session.query("SELECT pg_catalog.to_regclass('\(schema).finished')").firstValue
            guard table != nil else { throw RestoreError(.nothingToContinue, database: database) }
            let name = try await session.query("SELECT name FROM \(schema).archive").firstValue
            guard let name else { throw RestoreError(.nothingToContinue, database: database) }
            guard name == archive else { throw RestoreError(.otherArchive, database: database) }
            let entries = try await session.query("SELECT entry FROM \(schema).finished").rows.compactMap { row in
                row[0].flatMap { Int32($0) }
            }
            return RestoreJournal(
                finished: Set(entries.compactMap(DumpID.init)), hasBegunFinish: entries.contains(finish),
                connection: connection, log: log)
        }
    }

    /// Stands for the stage behind the data.
    private static let finish: Int32 = 0

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
        try await run(["DROP TABLE \(Self.schema).finished, \(Self.schema).archive", "DROP SCHEMA \(Self.schema)"])
    }

    private func run(_ statements: [String]) async throws {
        try await withPostgresConnection(connection, log: log) { session in
            _ = try await session.query("SET default_transaction_read_only = off")
            for statement in statements { _ = try await session.query(statement) }
        }
    }
}
