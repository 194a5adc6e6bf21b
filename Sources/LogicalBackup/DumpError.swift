public import Diagnostics

/// A dump that cannot be made, or ended before it was whole.
public struct DumpError: ExplainedError {
    public enum Kind: String, Sendable {
        case noSuchDatabase = "dump.no-such-database"
        case noConnections = "dump.no-connections"
        /// pg_dump failed, or its archive is not whole.
        case failed = "dump.failed"
        /// pg_dump was asked for an archive that is not compressed, and wrote another.
        case compressedByTool = "dump.compressed-by-tool"
        /// Archives of this version cannot say that they are compressed so.
        case methodUnknown = "dump.method-unknown"
        /// The script lacks what pg_dump writes last.
        case scriptUnfinished = "dump.script-unfinished"
        case rolesFailed = "dump.roles-failed"
        case tablespacesFailed = "dump.tablespaces-failed"
    }

    public let kind: Kind
    public let database: String
    public let cause: (any Error)?
    private let detail: String

    /// - Parameter detail: For `methodUnknown`, what writes or is the archive.
    init(_ kind: Kind, database: String = "", detail: String = "", cause: (any Error)? = nil) {
        self.kind = kind
        self.database = database
        self.detail = detail
        self.cause = cause
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .noSuchDatabase: "the server has no database `\(database)`"
        case .noConnections: "the database `\(database)` does not allow connections"
        case .failed: "the dump of the database `\(database)` failed; nothing of this recovery point is visible"
        case .compressedByTool: "pg_dump compressed the archive although it was told not to (`--compress=0`)"
        case .methodUnknown: "archives of \(detail) cannot be compressed by zstd or lz4, only by zlib"
        case .scriptUnfinished: "the script lacks the comment that pg_dump writes last of all"
        case .rolesFailed: "the roles could not be dumped; nothing of this recovery point is visible"
        case .tablespacesFailed: "the tablespaces could not be dumped; nothing of this recovery point is visible"
        }
    }

    public var remedy: String? {
        switch kind {
        case .noSuchDatabase: "List the databases with `psql -l` and check the spelling."
        case .noConnections: "Allow connections with `ALTER DATABASE … ALLOW_CONNECTIONS true`, or leave it out."
        case .failed, .scriptUnfinished: "Mend the cause, then dump again; the name is still free."
        case .compressedByTool:
            "Give the directory of PostgreSQL's own pg_dump with `--pg-bin`, or let it compress with `--compress pg_dump:6`."
        case .methodUnknown:
            "Point `--pg-bin` at the programs of PostgreSQL 16 or later, or take `--compress deflate`."
        case .rolesFailed:
            "Where the server does not show the passwords of roles (managed servers), give `--no-role-passwords`."
        case .tablespacesFailed: "Mend the cause, then dump again; the name is still free."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .noSuchDatabase: .notFound
        case .noConnections: .notPermitted
        case .compressedByTool, .methodUnknown: .toolMismatch
        case .scriptUnfinished: .integrity
        case .failed, .rolesFailed, .tablespacesFailed: (cause as? any ExplainedError)?.exitCode ?? .failed
        }
    }
}
