import BackupModel
import Diagnostics
import PostgresClient
import PostgresFormats

extension RestoreJournal {
    /// What a restore had written down when it was interrupted.
    struct Record: Sendable {
        /// The members whose data is there.
        var finished: Set<DumpID> = []
        /// Whether indexes, keys and the like have been begun.
        var hasBegunFinish = false
        /// What was passed over before the data, where no later run comes by.
        var passedOver = PassedOver()
        /// The databases that the same run had restored to their end.
        var before: [RestoreReport.Part] = []

        /// Stands for the stage behind the data.
        static let finish: Int32 = 0
    }
}

// MARK: Reading

extension RestoreJournal.Record {
    private static var schema: String { RestoreJournal.schema }

    /// What is written down in a database; `nil` if nothing is.
    ///
    /// Throws ``RestoreError`` if it is of another archive, or if somebody writes into the database. The name of the
    /// archive is in an unlogged table: a server that crashed has emptied it, and with it the unlogged tables that had
    /// been restored.
    static func find(
        of archive: String, in connection: ConnectionParameters, named database: String, log: Log
    ) async throws -> Self? {
        try await withPostgresConnection(connection, log: log) { session in
            guard try await RestoreJournal.isThere(session) else { return nil }
            guard try await !othersWrite(session) else { throw RestoreError(.stillWritten, database: database) }
            let name = try await session.query("SELECT name FROM \(schema).archive").firstValue
            guard let name else { return nil }
            guard name == archive else { throw RestoreError(.otherArchive, database: database) }
            return try await read(session)
        }
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

    private static func read(_ session: PostgresConnection) async throws -> Self {
        let entries = try await entries(session)
        var record = Self(finished: Set(entries.compactMap(DumpID.init)), hasBegunFinish: entries.contains(finish))
        let counted = try await session.query(
            "SELECT part, bytes, errors, messages FROM \(schema).counted ORDER BY ordinal")
        for row in counted.rows {
            let (errors, bytes) = (row[2].flatMap { Int($0) } ?? 0, row[1].flatMap { Int($0) } ?? 0)
            let messages = row[3].flatMap(Self.text)?.split(separator: "\n").map(String.init) ?? []
            if let part = row[0].flatMap(Self.text) {
                record.before.append(
                    RestoreReport.Part(
                        name: part, bytes: bytes, errors: errors, messages: messages, isFromBefore: true))
            } else {
                record.passedOver = PassedOver(errors, messages)
            }
        }
        return record
    }

    static func entries(_ session: PostgresConnection) async throws -> [Int32] {
        try await session.query("SELECT entry FROM \(schema).finished").rows.compactMap { row in
            row[0].flatMap { Int32($0) }
        }
    }
}

// MARK: Writing

extension RestoreJournal.Record {
    /// More messages than a report shows are not worth their place.
    private static let mostMessages = 20

    /// Whatever characters the encoding of the database has.
    private static func hexadecimal(_ text: String) -> String { Hexadecimal.text(Array(text.utf8)) }

    private static func text(_ hexadecimal: String) -> String? {
        Hexadecimal.bytes(hexadecimal).map { String(decoding: $0, as: UTF8.self) }
    }

    static func write(
        _ passedOver: PassedOver, before: [RestoreReport.Part], on session: PostgresConnection
    ) async throws {
        func write(_ ordinal: Int, _ part: String?, _ bytes: Int, _ errors: Int, _ messages: [String]) async throws {
            _ = try await session.query(
                "INSERT INTO \(schema).counted VALUES ($1, $2, $3, $4, $5)",
                [
                    "\(ordinal)", part.map(hexadecimal), "\(bytes)", "\(errors)",
                    hexadecimal(messages.prefix(mostMessages).joined(separator: "\n")),
                ])
        }
        try await write(0, nil, 0, passedOver.count, passedOver.messages)
        for (index, part) in before.enumerated() {
            try await write(index + 1, part.name, part.bytes, part.errors, part.messages)
        }
    }
}
