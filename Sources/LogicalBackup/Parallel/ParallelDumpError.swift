public import Diagnostics

/// Why a database could not be dumped by several sessions.
public struct ParallelDumpError: ExplainedError {
    public enum Kind: Sendable, Hashable {
        /// A pool of connections stands in front of the server.
        case pooled
        /// Tables were made or dropped each time we tried to lock them all.
        case tablesChange(attempts: Int)
        /// The transaction that held the locks is no longer open.
        case snapshotLost
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
        case .tablesChange, .unreadable, .tableRenamed: .failed
        case .rowsMissing: .integrity
        case .snapshotLost, .tableFailed: (cause as? any ExplainedError)?.exitCode ?? .failed
        }
    }
}
