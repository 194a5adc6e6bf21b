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
    /// Whether the server follows another, and may end sessions because of what that has done.
    let isStandby: Bool

    private static let attempts = 10
    /// Tables in a statement.
    private static let batch = 500

    static func take(on connection: PostgresConnection) async throws -> SnapshotHolder {
        do {
            return try await attempt(on: connection)
        } catch let error as PostgresError where unreadable.contains(error.sqlState ?? "") {
            throw ParallelDumpError(.namesUnreadable, cause: error)
        }
    }

    /// Names that are not UTF-8, where the server does not convert, or that it cannot convert.
    private static let unreadable = ["22021", "22P05"]

    private static func attempt(on connection: PostgresConnection) async throws -> SnapshotHolder {
        guard try await !connection.isPooled() else { throw ParallelDumpError(.pooled) }
        try await connection.prepareToRead(encoding: nil)
        // pg_dump would fail as well, but say it less plainly.
        if let table = try await connection.unreadableTable() {
            throw ParallelDumpError(.notReadable(table: "\(table.schema).\(table.name)"))
        }
        let isStandby = try await connection.query("SELECT pg_catalog.pg_is_in_recovery()").firstValue == "t"
        var obstacle: PostgresError?
        for _ in 0..<attempts {
            // Listed in a transaction of its own, since looking at the catalog takes the snapshot.
            let listed = try await connection.readableTables()
            try await connection.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            obstacle = try await lock(listed, on: connection)
            if obstacle == nil {
                let snapshot = try await connection.exportSnapshot()
                let tables = try await connection.tables()
                let locked = try await connection.tablesLocked()
                if tables.allSatisfy({ locked.contains($0.oid) }) {
                    return SnapshotHolder(
                        connection: connection, snapshot: snapshot,
                        tables: Dictionary(tables.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first }),
                        isStandby: isStandby)
                }
            }
            try await connection.query("ROLLBACK")
        }
        throw ParallelDumpError(.tablesChange(attempts: attempts), cause: obstacle)
    }
    /// Locks the tables by name.
    ///
    /// - Returns: What another attempt may get past: one has gone since it was listed, or somebody locks in another order.
    private static func lock(_ tables: [TableName], on connection: PostgresConnection) async throws -> PostgresError? {
        for start in stride(from: 0, to: tables.count, by: batch) {
            let batch = TableLock(
                tables[start..<min(start + batch, tables.count)].map {
                    TableLock.Target(
                        name: "\($0.schema).\($0.name)",
                        quoted: "\(SQL.identifier($0.schema)).\(SQL.identifier($0.name))")
                })
            do {
                try await batch.take(on: connection)
            } catch let error as PostgresError where Self.passing.contains(error.sqlState ?? "") {
                return error
            } catch let error as PostgresError {
                throw await batch.explained(error, on: connection)
            }
        }
        return nil
    }

    /// Undefined table, invalid schema, no table any more, deadlock.
    private static let passing = ["42P01", "3F000", "42809", "40P01"]

    /// Throws unless the locks have been held all the time.
    func requireHeld() async throws {
        let isHeld: Bool
        do {
            isHeld = try await connection.holds(snapshot)
        } catch let error as PostgresError {
            throw ParallelDumpError(.snapshotLost(isStandby: isStandby), cause: error)
        }
        guard isHeld else { throw ParallelDumpError(.snapshotLost(isStandby: isStandby)) }
    }
}
