public import Diagnostics

/// What a command line asks for.
public enum Invocation<Context>: Sendable {
    case run(CommandRun<Context>)
    /// A text of this module's own; of the arguments only the global options are meant to be read.
    case page(Page, ParsedArguments)
}

/// A command with its arguments, ready to be run.
public struct CommandRun<Context>: Sendable {
    public let arguments: ParsedArguments
    let body: Command<Context>.Body

    /// Runs the command once; what it throws is the command's own.
    public func callAsFunction(in context: Context) async throws -> ExitCode {
        try await body(arguments, context)
    }
}

/// A text written from the description of the tool.
public enum Page: Sendable, Equatable {
    /// Help for the command at a path; the tool itself for an empty one.
    case help([String])
    /// The manual page of the whole tool, in roff.
    case manual
    case completions(Shell)
}

/// A shell that completions can be written for.
public enum Shell: String, Sendable, CaseIterable {
    case bash
    case zsh
    case fish
}
