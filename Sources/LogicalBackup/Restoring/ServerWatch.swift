import Diagnostics
import PostgresClient

/// A session that lives as long as the server does.
///
/// When a server crashes it empties its unlogged tables, and then goes on as if nothing had been: what was committed
/// before may be gone, and only a session from before tells.
struct ServerWatch: Sendable {
    private let session: PostgresConnection

    /// Throws `PostgresError` if the server was not there all the time.
    func check() async throws { _ = try await session.query("SELECT 1") }

    /// Of the lock that a restore with several jobs holds in the database that it restores: `Penstock`.
    private static let lock = 0x5065_6E73_746F_636B

    /// Watches while `body` runs, and checks once more behind it.
    ///
    /// Throws ``RestoreError`` if another restore with several jobs watches the database.
    ///
    /// - Parameters:
    ///   - database: What `connection` leads to.
    ///   - interval: How often it looks, also to keep routers from forgetting the connection.
    static func during<Output: Sendable>(
        _ connection: ConnectionParameters, to database: String, log: Log, every interval: Duration,
        on clock: any Clock<Duration>,
        _ body: @escaping @Sendable (ServerWatch) async throws -> Output
    ) async throws -> Output {
        try await withPostgresConnection(connection, log: log) { session in
            let watch = ServerWatch(session: session)
            let isAlone = try await session.query("SELECT pg_catalog.pg_try_advisory_lock(\(lock))").firstValue
            guard isAlone == "t" else { throw RestoreError(.underWay, database: database) }
            if session.serverVersion.major >= 14 { _ = try await session.query("SET idle_session_timeout = 0") }
            return try await withThrowingTaskGroup(of: Output?.self) { group in
                group.addTask {
                    while true {
                        try await clock.sleep(for: interval)
                        try await watch.check()
                    }
                }
                group.addTask { try await body(watch) }
                defer { group.cancelAll() }
                while let ended = try await group.next() {
                    guard let output = ended else { continue }
                    try await watch.check()
                    return output
                }
                preconditionFailure("the body answers or throws")
            }
        }
    }
}
