import PostgresClient

/// A statement that locks tables for reading.
struct TableLock: Sendable {
    struct Target: Sendable {
        /// As people read it.
        let name: String
        /// As it stands in a statement.
        let quoted: String
    }

    let targets: [Target]
    /// Whether to fail at once if somebody else has, or waits for, a lock that excludes ours.
    let fails: Bool

    init(_ targets: [Target], orFail fails: Bool = false) {
        self.targets = targets
        self.fails = fails
    }

    var statement: String {
        "LOCK TABLE " + targets.map { "ONLY " + $0.quoted }.joined(separator: ", ") + " IN ACCESS SHARE MODE"
            + (fails ? " NOWAIT" : "")
    }

    func take(on connection: PostgresConnection) async throws { try await connection.query(statement) }

    /// The error with the name of the table, as far as it is one of a table.
    ///
    /// The transaction in which it happened is given up: to know the table, each is locked alone.
    func explained(_ error: PostgresError, on connection: PostgresConnection) async -> any Error {
        guard error.kind == .queryFailed || error.kind == .notPermitted, error.sqlState != Self.cancelled,
            let name = await culprit(on: connection)
        else { return error }
        return ParallelDumpError(.lockFailed(table: name), cause: error)
    }

    /// Somebody cancelled the statement.
    private static let cancelled = "57014"

    private func culprit(on connection: PostgresConnection) async -> String? {
        guard targets.count > 1 else { return targets.first?.name }
        for target in targets {
            do {
                try await connection.query("ROLLBACK")
                try await connection.query("BEGIN")
                try await TableLock([target], orFail: true).take(on: connection)
            } catch {
                return target.name
            }
        }
        return nil
    }
}
