public import Diagnostics
import SystemCalls

/// Connects to a server for as long as `body` runs.
///
/// A cancelled task stops connecting at once; a statement that runs when its task is cancelled is cancelled on the
/// server (`PQcancel`). Throws ``PostgresError``.
///
/// - Parameters:
///   - log: Gets the server's notices and warnings.
///   - timeout: For connecting, where the settings have no `connect_timeout`.
@discardableResult
public func withPostgresConnection<Output>(
    _ parameters: ConnectionParameters, log: Log, timeout: Duration = .seconds(30),
    _ body: (PostgresConnection) async throws -> Output
) async throws -> Output {
    let connection = try await PostgresConnection.open(parameters, log: log, timeout: timeout)
    do {
        let output = try await body(connection)
        await connection.close()
        return output
    } catch {
        await connection.close()
        throw error
    }
}

/// A connection to one database of a PostgreSQL server, valid inside its ``withPostgresConnection(_:log:timeout:_:)``.
///
/// Statements run one after the other, in the order in which they are asked for, on a thread of the connection.
public final class PostgresConnection: Sendable {
    let threads: ThreadPool
    let session: SessionBox
    /// What the server is.
    public let serverVersion: ServerVersion
    let place: Place

    static func open(
        _ parameters: ConnectionParameters, log: Log, timeout: Duration
    ) async throws -> PostgresConnection {
        try Task.checkCancellation()
        let password = try await parameters.passwords?.password(replacing: nil)
        do {
            return try await open(parameters, password, log: log, timeout: timeout)
        } catch let error as PostgresError where error.kind == .authenticationFailed {
            // It may have been withdrawn before its end.
            guard let source = parameters.passwords, let password else { throw error }
            let other = try await source.password(replacing: password)
            guard other.reveal({ new in password.reveal { $0 != new } }) else { throw error }
            return try await open(parameters, other, log: log, timeout: timeout)
        }
    }

    private static func open(
        _ parameters: ConnectionParameters, _ password: Secret<String>?, log: Log, timeout: Duration
    ) async throws -> PostgresConnection {
        let threads = ThreadPool(name: "postgres", width: 1)
        let stop = try Event()
        let session = try await withTaskCancellationHandler {
            try await threads.run {
                try Session.open(parameters, password: password, log: log, timeout: timeout, stop: stop)
            }
        } onCancel: {
            stop.signal()
        }
        return PostgresConnection(session, threads)
    }

    private init(_ session: Session, _ threads: ThreadPool) {
        self.threads = threads
        serverVersion = ServerVersion(number: session.versionNumber, text: session.versionText)
        place = Place(session)
        self.session = SessionBox(session)
    }

    /// Runs one statement; `$1`, `$2`… in it stand for the parameters.
    @discardableResult
    public func query(_ statement: String, _ parameters: [String?] = []) async throws -> QueryResult {
        let stop = try Event()
        return try await withTaskCancellationHandler {
            try await threads.run { [session] in
                guard let session = session.value else {
                    throw PostgresError(kind: .connectionLost, message: "the connection is closed")
                }
                return try session.query(statement, parameters, stop: stop)
            }
        } onCancel: {
            stop.signal()
        }
    }

    func close() async {
        await threads.run { [session] in session.empty() }
    }
}

/// The version of a server.
public struct ServerVersion: Sendable, Hashable {
    /// Such as 150020 for 15.20.
    public let number: Int
    /// Such as `15.20 (Debian 15.20-0+deb12u1)`.
    public let text: String

    public init(number: Int, text: String) {
        self.number = number
        self.text = text
    }

    /// The version that counts for compatibility: 15 for 15.20.
    ///
    /// Servers before 10 had two such numbers and give 9.
    public var major: Int { number / 10000 }
}
