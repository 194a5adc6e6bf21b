public import Diagnostics

/// A child process that could not be started, or did not end as it should.
public struct SubprocessError: ExplainedError {
    public enum Kind: String, Sendable {
        /// There is no such program.
        case notFound = "process.not-found"
        /// The system refused to start it; the cause says why.
        case notStarted = "process.not-started"
        /// It ended by itself with another status than 0, or by a signal.
        case failed = "process.failed"
        /// It stopped reading before it had been given everything, although it did not fail.
        case inputRefused = "process.input-refused"
        /// The scope was left without an end of the input; a mistake of the caller, and the child was killed.
        case inputUnfinished = "process.input-unfinished"
    }

    public let kind: Kind
    /// The program's name, without its directory.
    public let program: String
    /// How it ended, if it did.
    public let status: ExitStatus?
    /// What it wrote to its standard error, the middle left out if it was much.
    public let messages: String
    public let cause: (any Error)?

    init(
        kind: Kind, program: String, status: ExitStatus? = nil, messages: String = "", cause: (any Error)? = nil
    ) {
        self.kind = kind
        self.program = program
        self.status = status
        self.messages = messages
        self.cause = cause ?? ProgramMessages(program: program, text: messages)
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .notFound: "the program \(program) was not found"
        case .notStarted: "the program \(program) could not be started"
        case .failed: "\(program) " + (status.map(\.description) ?? "failed")
        case .inputRefused: "\(program) stopped reading before it had been given everything"
        case .inputUnfinished: "\(program) was stopped because its input was never finished"
        }
    }

    public var exitCode: ExitCode { kind == .notFound ? .notFound : .failed }
}

/// The last lines that a program wrote about its failure.
struct ProgramMessages: ExplainedError {
    let program: String
    let lines: [Substring]

    /// `nil` if the program said nothing.
    init?(program: String, text: String) {
        let lines = text.split(whereSeparator: \.isNewline).suffix(4)
        guard !lines.isEmpty else { return nil }
        self.program = program
        self.lines = lines.map { $0.prefix(500) }
    }

    var code: String { "process.messages" }
    var summary: String { "\(program) wrote: " + lines.joined(separator: " / ") }
}
