public import Diagnostics

/// A client program that is missing, too old, or not what it says.
public struct ToolError: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case toolMissing = "tools.missing"
        case tooOld = "tools.too-old"
        /// It begins with settings that the server does not know, which its transaction does not survive.
        case tooNew = "tools.too-new"
        /// A program of that name answers `--version` with something else.
        case notUnderstood = "tools.not-understood"
        /// The option needs a newer program.
        case optionUnsupported = "tools.option-unsupported"
    }

    public let kind: Kind
    public let program: String
    /// What was found instead, or the option that is not supported.
    public let found: String?
    /// The major version that is needed, if any particular one.
    public let neededMajor: Int?

    public init(kind: Kind, program: String, found: String? = nil, neededMajor: Int? = nil) {
        self.kind = kind
        self.program = program
        self.found = found
        self.neededMajor = neededMajor
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        let version = neededMajor.map { " of version \($0) or later" } ?? ""
        return switch kind {
        case .toolMissing: "the program \(program)\(version) was not found"
        case .tooOld: "\(program) \(found ?? "") is too old: version \(neededMajor ?? 0) or later is needed"
        case .tooNew:
            "\(program) of version \(found ?? "") cannot restore with several jobs into a server of version "
                + "\(neededMajor ?? 0)"
        case .notUnderstood: "\(program) does not say its version: \(found ?? "")"
        case .optionUnsupported: "\(program) does not support \(found ?? "this option")"
        }
    }

    public var remedy: String? {
        let package = neededMajor.map { "postgresql-client-\($0)" } ?? "postgresql-client"
        return switch kind {
        case .toolMissing, .tooOld, .notUnderstood:
            "Install the Debian package `\(package)` or point `--pg-bin` at a directory that has \(program)."
        case .tooNew:
            "Give `--jobs 1`, or, if the archive is as old, point `--pg-bin` at the programs of the package `\(package)`."
        case .optionUnsupported:
            neededMajor == nil ? "Choose another compression." : "Install the Debian package `\(package)`."
        }
    }

    public var exitCode: ExitCode { .toolMismatch }
}
