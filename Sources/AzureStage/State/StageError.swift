public import Diagnostics

/// A description of a stage that cannot be played.
public struct StageError: ExplainedError, Equatable {
    public enum Kind: Sendable, Equatable {
        /// It is not JSON, or something has the wrong shape; says where.
        case malformed(String)
        /// Something is there twice, such as an account of the same name.
        case repeated(String)
        /// Something that is not what it should be, such as a role that is not known.
        case unknown(String)
    }

    public let kind: Kind
    /// The file, as it was named.
    public let subject: String

    public init(_ kind: Kind, subject: String) {
        self.kind = kind
        self.subject = subject
    }

    public var code: String {
        switch kind {
        case .malformed: "stage.malformed"
        case .repeated: "stage.repeated"
        case .unknown: "stage.unknown"
        }
    }

    public var summary: String {
        switch kind {
        case .malformed(let place): "the stage in \(subject) is malformed: \(place)"
        case .repeated(let what): "the stage in \(subject) has \(what) twice"
        case .unknown(let what): "the stage in \(subject) has \(what), which means nothing"
        }
    }

    public var remedy: String? { "The form of the file is in docs/reference/stage.md." }
    public var exitCode: ExitCode { .wrongUsage }
}
