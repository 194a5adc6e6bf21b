public import Diagnostics
import PostgresClient

/// Why a database could not be dumped by several sessions.
public struct ParallelDumpError: ExplainedError {
    public enum Kind: Sendable, Hashable {
        /// A pool of connections stands in front of the server.
        case pooled
        /// Tables were made or dropped each time we tried to lock them all.
        case tablesChange(attempts: Int)
        /// We may not read that table, and so nobody can dump it for us.
        case notReadable(table: String)
        case lockFailed(table: String)
        /// A session came to another server than the one that has the snapshot.
        case otherServer
        /// Names are in an encoding that nobody knows, as a database in SQL_ASCII may have them.
        case namesUnreadable
        /// The transaction that held the locks is no longer open.
        case snapshotLost(isStandby: Bool)
        case snapshotTooOld(limit: Duration)
        /// The data of that entry cannot be read by COPY.
        case unreadable(entry: String)
        /// The name of a table led to another one; or one of these did.
        case tableRenamed(table: String)
        /// The server says that it sent another number of rows than came.
        case rowsMissing(sent: Int, received: Int)
        /// One table's rows did not come to their end.
        case tableFailed(table: String)
    }

    public let kind: Kind
    public let cause: (any Error)?

    init(_ kind: Kind, cause: (any Error)? = nil) {
        self.kind = kind
        self.cause = cause
    }

    public var code: String {
        switch kind {
        case .pooled: "dump.pooled"
        case .tablesChange: "dump.tables-change"
        case .notReadable: "dump.table-not-readable"
        case .lockFailed: "dump.lock-failed"
        case .otherServer: "dump.other-server"
        case .namesUnreadable: "dump.names-unreadable"
        case .snapshotLost: "dump.snapshot-lost"
        case .snapshotTooOld: "dump.snapshot-too-old"
        case .unreadable: "dump.unreadable"
        case .tableRenamed: "dump.table-renamed"
        case .rowsMissing: "dump.rows-missing"
        case .tableFailed: "dump.table-failed"
        }
    }

    public var summary: String {
        switch kind {
        case .pooled: "a pool of connections stands between us and the server, and sessions cannot share a snapshot"
        case .tablesChange(let attempts):
            "tables were made or dropped each of \(attempts) times that all were to be locked"
        case .notReadable(let table): "this role may not read the table \(table)"
        case .lockFailed(let table): "the table \(table) could not be locked for reading"
        case .otherServer: "a session came to another server than the one that holds the snapshot"
        case .namesUnreadable: "the names of tables or columns cannot be had as UTF-8"
        case .snapshotLost: "the session that held the snapshot and its locks ended before all was read"
        case .snapshotTooOld(let limit): "the dump took longer than its snapshot may be held, \(limit)"
        case .unreadable(let entry): "the data of \(entry) cannot be read by sessions in parallel"
        case .tableRenamed(let table): "a name led to another table while these were read: \(table)"
        case .rowsMissing(let sent, let received): "the server says that it sent \(sent) rows, and \(received) came"
        case .tableFailed(let table): "the table \(table) could not be read to its end"
        }
    }

    public var remedy: String? {
        switch kind {
        case .pooled:
            "Connect to the server's own port instead of the pool's (often 5432 instead of 6432), or dump with `--jobs 1`."
        case .tablesChange: "Dump at a quieter time, or with `--jobs 1`."
        case .notReadable:
            "Grant SELECT on it and USAGE on its schema, or connect as a role that has them, such as its owner."
        case .lockFailed: lockRemedy
        case .otherServer:
            "Connect to one server directly instead of something that spreads connections, or dump with `--jobs 1`."
        case .namesUnreadable: "Dump with `--jobs 1`."
        case .snapshotLost(isStandby: true): Self.standbyRemedy
        case .tableFailed where isRecoveryConflict: Self.standbyRemedy
        case .snapshotLost: "Look into the server's log for what ended the session, then dump again."
        case .snapshotTooOld: "Give a longer `--max-snapshot-age` or more `--jobs`, or dump at a quieter time."
        case .unreadable: "Dump with `--jobs 1`."
        case .tableRenamed: "Do not rename schemas while they are dumped; dump again."
        case .rowsMissing: "Look at what stands between here and the server, then dump again."
        case .tableFailed: nil
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .pooled: .wrongUsage
        case .snapshotTooOld: .limit
        case .notReadable: .notPermitted
        case .tablesChange, .otherServer, .namesUnreadable, .unreadable, .tableRenamed: .failed
        case .rowsMissing: .integrity
        case .lockFailed, .snapshotLost, .tableFailed: (cause as? any ExplainedError)?.exitCode ?? .failed
        }
    }

    /// Whether a standby has ended what we did because the primary has changed what we read.
    private var isRecoveryConflict: Bool { (cause as? PostgresError)?.sqlState == "40001" }

    private static let standbyRemedy =
        "On the standby raise `max_standby_streaming_delay`, or set `hot_standby_feedback`; or dump from the primary."

    private var lockRemedy: String? {
        guard let error = cause as? PostgresError, ["42P01", "3F000"].contains(error.sqlState) else { return nil }
        return "Do not rename schemas while they are dumped; dump again."
    }
}
