public import Diagnostics
public import FoundationEssentials

/// A credential that cannot be used, or that could not be found.
///
/// Never holds the secret itself.
public struct CredentialError: ExplainedError, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case malformedAccount = "credential.malformed-account"
        case malformedKey = "credential.malformed-key"
        case malformedSAS = "credential.malformed-sas"
        case malformedConnectionString = "credential.malformed-connection-string"
        case notFound = "credential.not-found"
        /// What is said of an identity of Entra ID cannot be.
        case malformedIdentity = "credential.malformed-identity"
        /// What is said of the cloud cannot be.
        case malformedCloud = "credential.malformed-cloud"
        /// A token would have travelled in the open.
        case insecure = "credential.insecure"
        /// The time of a shared access signature is over.
        case ended = "credential.ended"
        /// Nothing says who we are, where keys and signatures do not count.
        case noIdentity = "credential.no-identity"
        /// No account was named, by the location or by the environment.
        case accountUnknown = "credential.account-unknown"
    }

    public let kind: Kind
    /// Where it stood: the name of a variable, or "the location".
    public let place: String
    /// What is wrong with it: one clause without any secret.
    public let detail: String

    public init(_ kind: Kind, place: String = "", detail: String = "") {
        self.kind = kind
        self.place = place
        self.detail = detail
    }

    /// A shared access signature whose time is over.
    public init(ended end: Date, now: Date) {
        self.init(
            .ended, detail: "it ended at \(end.formatted(.iso8601)), and it is \(now.formatted(.iso8601)) by this clock"
        )
    }

    /// The same failure, said of another place.
    func at(_ place: String) -> CredentialError { CredentialError(kind, place: place, detail: detail) }

    public var code: String { kind.rawValue }

    public var summary: String {
        let what =
            switch kind {
            case .malformedAccount: "the account name is malformed"
            case .malformedKey: "the account key is malformed"
            case .malformedSAS: "the shared access signature is malformed"
            case .malformedConnectionString: "the connection string is malformed"
            case .ended: "the shared access signature has ended"
            case .notFound: "no credential was found"
            case .noIdentity: "no identity of Entra ID was found"
            case .malformedIdentity: "what is said of the identity is incomplete or malformed"
            case .malformedCloud: "what is said of the cloud is malformed"
            case .insecure: "a token would be readable on the way"
            case .accountUnknown: "no storage account is named"
            }
        return what + (place.isEmpty ? "" : " in \(place)") + (detail.isEmpty ? "" : ": \(detail)")
    }

    public var remedy: String? {
        switch kind {
        case .malformedAccount: "Give the name of the storage account alone, such as `pgbackups01`."
        case .malformedKey: "Copy one of the account's two keys whole: 88 characters that end in `==`."
        case .malformedSAS:
            "Copy the whole token, from `sv=` or `sp=` to the end of `sig=`, percent-encoded as it was shown."
        case .malformedConnectionString: "Copy the connection string whole from the account's page `Access keys`."
        case .ended:
            "Make a new SAS that lasts for the whole transfer, and give it in place of this one; where its end is yet to "
                + "come, set this machine's clock."
        case .malformedIdentity:
            "Set `AZURE_TENANT_ID` and `AZURE_CLIENT_ID`, with `AZURE_CLIENT_SECRET`, `AZURE_CLIENT_CERTIFICATE_PATH` or "
                + "`AZURE_FEDERATED_TOKEN_FILE`; or unset what is left of them."
        case .malformedCloud:
            "Name a cloud with `--cloud public`, `china` or `us-government`, and endpoints by their `https` URLs."
        case .insecure: "Use the `https` URL of the service; `http` is for this machine alone."
        case .notFound:
            "Set `AZURE_STORAGE_CONNECTION_STRING`, or `AZURE_STORAGE_ACCOUNT` with `AZURE_STORAGE_KEY` or "
                + "`AZURE_STORAGE_SAS_TOKEN`, put a SAS behind the location, or sign in with `az login`; `penstock whoami` "
                + "shows what was looked at."
        case .noIdentity:
            "Sign in with `az login`, or set `AZURE_TENANT_ID` and `AZURE_CLIENT_ID` with a secret or a certificate: account "
                + "keys and signatures count for blobs only. `penstock whoami --for management` shows what was looked at."
        case .accountUnknown:
            "Give a location that names the account, or set `AZURE_STORAGE_ACCOUNT` or "
                + "`AZURE_STORAGE_CONNECTION_STRING`."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .notFound, .noIdentity, .ended: .notPermitted
        default: .wrongUsage
        }
    }
}
