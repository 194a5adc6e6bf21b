public import Diagnostics

/// A conversation with a PostgreSQL server that failed.
public struct PostgresError: ExplainedError, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The connection's own settings cannot be used.
        case badSettings = "postgres.bad-settings"
        /// Nobody answers there, or not in a way that leads to a connection.
        case unreachable = "postgres.unreachable"
        /// The server is there and takes no connection now: it starts, stops, or is full.
        case notAccepting = "postgres.not-accepting"
        /// The connection ended while it was used.
        case connectionLost = "postgres.connection-lost"
        /// Password, role, or `pg_hba.conf` do not let us in.
        case authenticationFailed = "postgres.authentication-failed"
        case noSuchDatabase = "postgres.no-such-database"
        /// What we asked for exists already.
        case exists = "postgres.exists"
        /// We are in, but not allowed to do this.
        case notPermitted = "postgres.not-permitted"
        /// The server has no space, memory or other resource left.
        case noSpace = "postgres.no-space"
        /// Any other refusal of a statement.
        case queryFailed = "postgres.query-failed"
    }

    public let kind: Kind
    /// Five characters, such as `28P01`; `nil` if the error is not the server's.
    /// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    public let sqlState: String?
    /// The server's, or libpq's, own words.
    public let message: String
    public let detail: String?
    public let hint: String?

    public init(kind: Kind, sqlState: String? = nil, message: String, detail: String? = nil, hint: String? = nil) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        let what = detail.map { "\(message) (\($0))" } ?? message
        return switch kind {
        case .badSettings: "the connection settings are wrong: \(what)"
        case .unreachable: "the PostgreSQL server cannot be reached: \(what)"
        case .notAccepting: "the PostgreSQL server takes no connections now: \(what)"
        case .connectionLost: "the connection to the PostgreSQL server was lost: \(what)"
        case .authenticationFailed: "the PostgreSQL server lets us not in: \(what)"
        case .noSuchDatabase, .exists, .notPermitted, .noSpace, .queryFailed: "the PostgreSQL server says: \(what)"
        }
    }

    public var remedy: String? {
        switch kind {
        case .badSettings: "Check `-d`, `-h`, `-p`, the service file and the `PG*` environment variables."
        case .unreachable: "Check host and port (`-h`, `-p`, `PGHOST`, `PGPORT`), and that the server runs."
        case .notAccepting: "Try again when the server has started, or raise its `max_connections`."
        case .connectionLost: "Look into the server's log, then try again."
        case .authenticationFailed:
            "Give the role with `-U` and its password in `PGPASSWORD` or `~/.pgpass`, and check `pg_hba.conf`."
        case .noSuchDatabase: "List the databases with `psql -l` and check the spelling."
        case .notPermitted: hint ?? "Connect as a role that may do this, such as the owner or a superuser."
        case .noSpace: hint ?? "Free space on the server, then try again."
        case .exists, .queryFailed: hint
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .badSettings: .wrongUsage
        case .unreachable, .notAccepting, .connectionLost: .unreachable
        case .authenticationFailed, .notPermitted: .notPermitted
        case .noSuchDatabase: .notFound
        case .exists: .exists
        case .noSpace: .limit
        case .queryFailed: .failed
        }
    }
}

extension PostgresError.Kind {
    /// What a state means; `connecting` tells a session that never began from one that broke.
    init(sqlState: String, connecting: Bool) {
        switch sqlState {
        case "42501": self = .notPermitted
        case "3D000": self = .noSuchDatabase
        case "42P04", "42P06", "42P07", "42710": self = .exists
        case "53300", "57P03": self = .notAccepting
        case "57P01", "57P02", "57P05": self = connecting ? .notAccepting : .connectionLost
        default:
            switch sqlState.prefix(2) {
            case "28": self = .authenticationFailed
            case "08": self = connecting ? .unreachable : .connectionLost
            case "53": self = .noSpace
            default: self = .queryFailed
            }
        }
    }
}
