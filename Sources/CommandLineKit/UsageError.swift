public import Diagnostics

/// A command line that cannot be carried out as it was written.
public struct UsageError: ExplainedError {
    public enum Kind: String, Sendable, CaseIterable {
        case unknownCommand = "usage.unknown-command"
        case unknownOption = "usage.unknown-option"
        case misplacedOption = "usage.misplaced-option"
        case repeatedOption = "usage.repeated-option"
        case conflictingOptions = "usage.conflicting-options"
        case missingCommand = "usage.missing-command"
        case missingOption = "usage.missing-option"
        case missingArgument = "usage.missing-argument"
        case missingValue = "usage.missing-value"
        case unexpectedArgument = "usage.unexpected-argument"
        case unexpectedValue = "usage.unexpected-value"
        case badValue = "usage.bad-value"
        /// What only the command itself could see.
        case refused = "usage.refused"
    }

    public let kind: Kind
    /// The command as a person writes it: `penstock container create`.
    public let command: String
    public let summary: String
    /// What the user probably meant: `--from`, `restore`.
    public let suggestion: String?
    public let cause: (any Error)?

    init(
        _ kind: Kind, _ command: String, _ clause: String, suggestion: String? = nil, cause: (any Error)? = nil
    ) {
        self.kind = kind
        self.command = command
        summary = suggestion.map { "\(clause); did you mean \($0)?" } ?? clause
        self.suggestion = suggestion
        self.cause = cause
    }

    init(_ value: BadValue, command: String) {
        let found = value.text.map { ", not " + Phrase.quoted($0) } ?? ""
        self.init(.badValue, command, "\(value.spelling) wants \(value.wants)\(found)", cause: value.cause)
    }

    public var code: String { kind.rawValue }
    public var exitCode: ExitCode { .wrongUsage }

    public var remedy: String? {
        let words = command.split(separator: " ", maxSplits: 1)
        let topic = words.count > 1 ? " " + words[1] : ""
        return "See `\(words.first ?? "") help\(topic)`."
    }
}
