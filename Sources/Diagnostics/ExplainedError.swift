/// An error that says what happened, why, and what to do next.
///
/// Each module that can fail has one such type: a closed `kind`, the facts of this failure, and the cause kept whole.
public protocol ExplainedError: Error, Sendable {
    /// A stable name for programs, such as `dump.server-newer`.
    var code: String { get }
    /// What happened: one lower-case clause without a full stop.
    var summary: String { get }
    /// What to do about it: a full sentence, or `nil` where nothing general can be said.
    var remedy: String? { get }
    /// The error underneath.
    var cause: (any Error)? { get }
    /// The exit status of a command that ends with this error.
    var exitCode: ExitCode { get }
}

extension ExplainedError {
    public var remedy: String? { nil }
    public var cause: (any Error)? { nil }
    public var exitCode: ExitCode { .failed }
}
