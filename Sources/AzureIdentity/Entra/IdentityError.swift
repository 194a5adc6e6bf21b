public import Diagnostics

/// A token that could not be had; holds no secret.
public struct IdentityError: ExplainedError {
    public enum Kind: String, Sendable, CaseIterable {
        /// The authority said no.
        case refused = "identity.refused"
        case unreachable = "identity.unreachable"
        /// The authority is too busy, and went on to be.
        case throttled = "identity.throttled"
        case malformedAnswer = "identity.malformed-answer"
        /// There is no such identity here; another kind may be tried.
        case unavailable = "identity.unavailable"
        /// A file with a key or a token cannot be used.
        case fileUnusable = "identity.file-unusable"
        /// The agent of Azure Arc asked for a file that is none of its own.
        case challengeRefused = "identity.challenge-refused"
        /// A secret would have travelled in the open.
        case insecure = "identity.insecure"
    }

    public let kind: Kind
    /// How the identity is spoken of, such as "managed identity".
    public let identity: String
    /// One clause, which may be the service's.
    public let detail: String
    /// The authority's number for its refusal.
    public let signInCode: SignInCode?
    public let cause: (any Error)?

    init(
        _ kind: Kind, _ identity: String, detail: String = "", signInCode: SignInCode? = nil,
        cause: (any Error)? = nil
    ) {
        self.kind = kind
        self.identity = identity
        self.detail = detail
        self.signInCode = signInCode
        self.cause = cause
    }

    /// True where trying again later may help.
    public var isTransient: Bool {
        switch kind {
        case .throttled: true
        case .unreachable: true
        default: false
        }
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        let what =
            switch kind {
            case .refused: "no token was given to the \(identity)"
            case .unreachable: "whoever gives tokens to the \(identity) could not be reached"
            case .throttled: "whoever gives tokens to the \(identity) is busy"
            case .malformedAnswer: "what was answered to the \(identity) is no token"
            case .unavailable: "there is no \(identity) here"
            case .fileUnusable: "a file that the \(identity) needs cannot be used"
            case .challengeRefused: "the agent named a file that is not one of its own, which was not read"
            case .insecure: "a secret of the \(identity) would be readable on the way"
            }
        return what + (detail.isEmpty ? "" : ": \(detail)")
    }

    public var remedy: String? {
        if let remedy = signInCode?.remedy { return remedy }
        return switch kind {
        case .refused: "Look at the sign-in logs of the tenant for what the authority has against it."
        case .unreachable: "Check that the authority can be reached from here, also through the proxy."
        case .throttled: "Try again in some minutes; many processes that sign in at once share one limit."
        case .malformedAnswer: "Check `AZURE_AUTHORITY_HOST`, and whether a proxy answers in the authority's place."
        case .unavailable: "`penstock whoami` shows what else was looked at; `--auth` chooses another kind."
        case .fileUnusable: "Check that the file exists, is whole, and may be read by this user."
        case .challengeRefused:
            "Check who listens on the port of `IDENTITY_ENDPOINT`: it may not be the agent of Azure Arc."
        case .insecure: "Use an `https` URL; `http` is for this machine alone."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .refused, .unavailable, .challengeRefused: .notPermitted
        case .unreachable, .throttled, .malformedAnswer: .unreachable
        case .fileUnusable, .insecure: .wrongUsage
        }
    }
}
