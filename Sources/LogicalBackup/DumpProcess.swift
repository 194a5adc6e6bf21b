import FoundationEssentials
import PostgresClient
import PostgresTools
import Subprocesses

/// One pg_dump of a database, which takes its own snapshot and locks.
struct DumpProcess: Sendable {
    let item: DumpPlan.Item
    let plan: DumpPlan
    let surroundings: Surroundings

    /// What came of a pg_dump that ended well.
    struct Outcome<Output: Sendable>: Sendable {
        let output: Output
        /// The server's clock right before.
        let taken: Date
        /// What pg_dump warned of.
        let warnings: [String]
    }

    /// Runs pg_dump while `body` takes what it writes; it has exited with 0 when this returns.
    func run<Output: Sendable>(
        _ arguments: [String], _ body: (ProcessOutput) async throws -> Output
    ) async throws -> Outcome<Output> {
        let (taken, environment) = try await withPostgresConnection(
            surroundings.connection.database(named: item.database.name), log: surroundings.log
        ) { connection in
            (
                try await connection.currentTime(),
                connection.childEnvironment(inheriting: surroundings.environment)
            )
        }
        let command = Command(executable: plan.tools.dump.path, arguments: arguments, environment: environment)
        let messages = ToolMessages()
        let output = try await withSubprocess(
            command, standardInput: .null, standardOutput: .pipe, receiveMessage: { messages.receive($0) }
        ) { process in
            try await body(process.output)
        }
        return Outcome(output: output, taken: taken, warnings: messages.all.map(\.text))
    }
}
