/// A rule that an account does not keep.
public struct AccountFinding: Sendable, Equatable {
    /// How bad it is, the worst first.
    public enum Severity: String, Sendable, CaseIterable, Comparable {
        /// The job fails, or does what it must not.
        case error
        /// The job may fail, or leaves something unsafe.
        case warning
        /// Worth knowing.
        case note

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .error: 0
            case .warning: 1
            case .note: 2
            }
        }
    }

    /// The rule, such as `SA010`.
    public let rule: String
    public let severity: Severity
    /// The jobs it was found for, in the order of ``AccountJob``.
    public internal(set) var jobs: [AccountJob]
    public let property: String
    public let found: String
    public let needed: String
    /// What comes of it, one lower-case clause.
    public let why: String
    public let remedy: Remedy
}

/// What mends a finding.
public struct Remedy: Sendable, Equatable {
    /// A full sentence.
    public let text: String
    /// The command line that does it, for a shell; `nil` where no single one can.
    public let command: String?

    public init(_ text: String, command: String? = nil) {
        self.text = text
        self.command = command
    }
}
