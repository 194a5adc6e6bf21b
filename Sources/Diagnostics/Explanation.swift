/// An error and everything underneath it, as the lines a person reads.
public struct Explanation: Sendable {
    public let code: String
    public let summary: String
    /// The summary of each error underneath, outermost first.
    public let causes: [String]
    /// The innermost remedies last; each is said once.
    public let remedies: [String]
    public let exitCode: ExitCode

    public init(_ error: any Error) {
        var summaries: [String] = []
        var remedies: [String] = []
        var next: (any Error)? = error
        while let current = next {
            let explained = current as? any ExplainedError
            summaries.append(explained?.summary ?? Self.plain(current))
            if let remedy = explained?.remedy, !remedies.contains(remedy) { remedies.append(remedy) }
            next = explained?.cause
        }
        code = (error as? any ExplainedError)?.code ?? Self.plainCode(error)
        summary = summaries[0]
        causes = Array(summaries.dropFirst())
        self.remedies = remedies
        exitCode = Self.exitCode(error)
    }

    /// `error:`, `caused by:` and `hint:` lines, without a final line break.
    public var text: String {
        var lines = ["error: " + summary]
        lines += causes.map { "caused by: " + $0 }
        lines += remedies.map { "hint: " + $0 }
        return lines.joined(separator: "\n")
    }

    private static func plain(_ error: any Error) -> String {
        error is CancellationError ? "interrupted" : String(describing: error)
    }

    private static func plainCode(_ error: any Error) -> String {
        error is CancellationError ? "interrupted" : "failed"
    }

    private static func exitCode(_ error: any Error) -> ExitCode {
        if error is CancellationError { return .interrupted }
        return (error as? any ExplainedError)?.exitCode ?? .failed
    }
}
