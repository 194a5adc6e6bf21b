public import Diagnostics

/// A list of accounts that cannot be used, or not be changed that way.
public struct AccountListError: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case missing = "accounts.missing"
        /// Others than its owner can read the file.
        case shared = "accounts.shared"
        case malformed = "accounts.malformed"
        case badName = "accounts.bad-name"
        case exists = "accounts.exists"
        case unknown = "accounts.unknown"
    }

    public let kind: Kind
    /// The file, or the account.
    public let subject: String

    public init(_ kind: Kind, subject: String) {
        self.kind = kind
        self.subject = subject
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .missing: "there is no file of accounts \(subject)"
        case .shared: "the file of accounts \(subject) can be read by others"
        case .malformed: "\(subject) is not a file of accounts"
        case .badName: "\(subject) cannot be the name of an account"
        case .exists: "the account \(subject) is there already"
        case .unknown: "there is no account \(subject)"
        }
    }

    public var remedy: String? {
        switch kind {
        case .missing: "Make it with `penstock serve account add NAME --accounts FILE`."
        case .shared:
            "Take that away with `chmod 600`, and give its accounts new keys with `penstock serve account rotate`."
        case .malformed: "Its form is in docs/reference/server.md; put it right, or make a new one."
        case .badName: "Take 3 to 24 lower-case letters and digits."
        case .exists: "Choose another name, or give it a new key with `penstock serve account rotate`."
        case .unknown: "`penstock serve account list` shows which there are."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .missing, .unknown: .notFound
        case .exists: .exists
        case .shared, .malformed, .badName: .wrongUsage
        }
    }
}
