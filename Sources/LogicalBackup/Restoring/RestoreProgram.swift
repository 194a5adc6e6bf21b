import ByteStreams
import PostgresTools
import Subprocesses
import SystemCalls

/// pg_restore, and what its ends mean.
struct RestoreProgram: Sendable {
    let executable: String
    /// What it is given, asked for anew at each run: its password may be good for a while only.
    let environment: @Sendable () async throws -> [String: String]

    enum Outcome {
        case complete
        /// It went through to the end, and passed over so many errors, at least one.
        case passedOver(Int, SubprocessError)
        /// It stopped by itself at the first error.
        case stopped(SubprocessError)
    }

    /// Runs it with `body` writing to its standard input, which is finished then.
    ///
    /// Throws what `body` throws, unless that is only that pg_restore does not read any more because it has stopped.
    func run(
        _ arguments: [String], _ messages: ToolMessages, feeding body: (inout ProcessInput) async throws -> Void
    ) async throws -> Outcome {
        let command = Command(executable: executable, arguments: arguments, environment: try await environment())
        return try await withSubprocess(
            command, standardInput: .pipe, standardOutput: .null, receiveMessage: { messages.receive($0) }
        ) { process in
            do {
                var input = process.input
                try await body(&input)
                try await input.finish()
            } catch let error as SubprocessError where error.kind == .failed && error.status == .exited(1) {
                _ = try await process.exitStatus()
                // It may end well before its input: rows of tables that it could not make are left out.
                guard let errors = Self.passedOver(arguments, messages), errors > 0 else { return .stopped(error) }
                return .passedOver(errors, error)
            }
            return try Self.judge(try await process.exitStatus(), arguments, messages) { process.failure($0) }
        }
    }

    /// Runs it on a file in memory, in which it can seek; `arguments` name it ``file``.
    func run(_ arguments: [String], _ messages: ToolMessages, on file: borrowing MemoryFile) async throws -> Outcome {
        let command = Command(executable: executable, arguments: arguments, environment: try await environment())
        return try await withSubprocess(
            command, standardInput: .descriptor(file.descriptor), standardOutput: .null,
            receiveMessage: { messages.receive($0) }
        ) { process in
            try Self.judge(try await process.exitStatus(), arguments, messages) { process.failure($0) }
        }
    }

    /// The standard input under a name: opened by it, it is a file like any other, for each job its own.
    static let file = "/dev/stdin"

    private static func judge(
        _ status: ExitStatus, _ arguments: [String], _ messages: ToolMessages, failure: (ExitStatus) -> SubprocessError
    ) throws -> Outcome {
        if status.isSuccess { return .complete }
        guard status == .exited(1) else { throw failure(status) }
        guard let errors = passedOver(arguments, messages) else { return .stopped(failure(status)) }
        return errors == 0 ? .complete : .passedOver(errors, failure(status))
    }

    /// How many errors it passed over on its way to the end; `nil` if it stopped at one.
    ///
    /// Where it was told to stop at the first error, its last words are of that error, and may be text of the archive.
    private static func passedOver(_ arguments: [String], _ messages: ToolMessages) -> Int? {
        guard !arguments.contains(where: { $0 == "--exit-on-error" || $0 == "--single-transaction" }) else {
            return nil
        }
        return messages.passedOver
    }
}
