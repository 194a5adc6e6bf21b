import Diagnostics
import PostgresClient

/// The session that exports a snapshot, and holds a lock on every table from before it was taken.
///
/// The locks must be its own. A snapshot does not protect from TRUNCATE: were the locks another session's, and that
/// ended, a table could be truncated, and COPY on the snapshot would then find it empty without an error.
struct SnapshotHolder: Sendable {
    let connection: PostgresConnection
    let snapshot: ExportedSnapshot
    /// All tables that are locked, by number.
    let tables: [UInt32: Table]

    private static let attempts = 10
    /// Tables in a statement.
    private static let batch = 500

    static func take(on connection: PostgresConnection) async throws -> SnapshotHolder {
        guard try await !connection.isPooled() else { throw ParallelDumpError(.pooled) }
        try await connection.prepareToRead(encoding: nil)
        for _ in 0..<attempts {
            // Listed in a transaction of its own, since looking at the catalog takes the snapshot.
            let listed = try await connection.readableTables()
            try await connection.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if try await lock(listed, on: connection) {
                let snapshot = try await connection.exportSnapshot()
                let tables = try await connection.tables()
                let locked = try await connection.tablesLocked()
                if tables.allSatisfy({ locked.contains($0.oid) }) {
                    return SnapshotHolder(
                        connection: connection, snapshot: snapshot,
                        tables: Dictionary(tables.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first }))
                }
            }
            try await connection.query("ROLLBACK")
        }
        throw ParallelDumpError(.tablesChange(attempts: attempts))
    }

    /// Locks the tables by name; false if one has gone since it was listed.
    private static func lock(_ tables: [TableName], on connection: PostgresConnection) async throws -> Bool {
        for start in stride(from: 0, to: tables.count, by: batch) {
            let names = tables[start..<min(start + batch, tables.count)].map {
                "ONLY \(SQL.identifier($0.schema)).\(SQL.identifier($0.name))"
            }
            do {
                try await connection.query("LOCK TABLE \(names.joined(separator: ", ")) IN ACCESS SHARE MODE")
            } catch let error as PostgresError where Self.gone.contains(error.sqlState ?? "") {
                return false
            }
        }
        return true
    }

    /// Undefined table, invalid schema, no table any more, not permitted any more.
    private static let gone = ["42P01", "3F000", "42809", "42501"]

    /// Throws unless the locks have been held all the time.
    func requireHeld() async throws {
        let isHeld: Bool
        do {
            isHeld = try await connection.holds(snapshot)
        } catch let error as PostgresError {
            throw ParallelDumpError(.snapshotLost, cause: error)
        }
        guard isHeld else { throw ParallelDumpError(.snapshotLost) }
    }
}
