import AzureIdentity
public import BlobStorage
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Synchronization

/// Lets other services in to the blobs of one container, by what the account's own credential allows.
///
/// An account key signs a SAS for one blob, to read it, for an hour, and each request gets a new one. An identity does the
/// same with a user delegation key, or gives its own token where it gets no such key. A SAS that was given is handed on.
public final class SourceGrants: RemoteSourceProvider {
    /// How an identity lets a service in.
    public enum Form: String, Sendable, CaseIterable {
        /// A signature, or else a token.
        case auto
        case sas
        case token
    }

    private let connection: ServiceConnection
    private let container: ContainerName
    private let account: String
    private let form: Form
    private let policy: RetryPolicy
    private let state = Mutex(State.undecided)

    private enum State {
        case undecided
        case key(UserDelegationKey)
        /// The token itself, and why no key, if one was asked for.
        case token(reason: String?)
    }

    /// How long a signature holds, in seconds.
    private static let life = 3600.0
    /// How much earlier than now it begins, in seconds: the clocks of services differ.
    private static let skew = 300.0
    /// How long a delegation key holds, in seconds.
    private static let keyLife = 86_400.0

    public init(
        _ connection: ServiceConnection, container: ContainerName, account: String, form: Form,
        policy: RetryPolicy
    ) {
        self.connection = connection
        self.container = container
        self.account = account
        self.form = form
        self.policy = policy
    }

    public var grant: String {
        switch connection.credential {
        case .sharedKey: "a SAS made with the account key"
        case .sas: "the SAS that was given"
        case .anonymous: "nothing: the source is public"
        case .token:
            state.withLock { state in
                switch state {
                case .undecided: form == .token ? "a token" : "a user delegation SAS"
                case .key: "a user delegation SAS"
                case .token(let reason): "a token" + (reason.map { ", because \($0)" } ?? "")
                }
            }
        }
    }

    public func prepare() async throws {
        guard case .token = connection.credential else { return }
        guard form != .token else { return state.withLock { $0 = .token(reason: nil) } }
        do {
            _ = try await newKey()
        } catch let error as BlobStoreError where form == .auto && !error.isTransient {
            state.withLock { $0 = .token(reason: error.summary) }
        }
    }

    public func source(of blob: BlobName, tag: ETag) async throws -> RemoteSource {
        let url = connection.request(.get, container, blob).url
        func remote(_ token: SASToken?, _ authorization: Secret<String>? = nil) -> RemoteSource {
            RemoteSource(
                url: url, signature: token?.reveal { Secret($0.encoded) }, authorization: authorization, tag: tag)
        }
        switch connection.credential {
        case .anonymous: return remote(nil)
        case .sas(let token): return remote(token)
        case .sharedKey(let key): return remote(try sign(for: blob, SASFields(), with: key))
        case .token(let source):
            if let key = try await delegationKey() { return remote(try sign(for: blob, key.fields, with: key.key)) }
            guard url.scheme == .https || url.isLoopback else { throw CredentialError(.insecure, detail: url.host) }
            let token = try await source.token(for: .storage)
            return remote(nil, Secret(token.text.reveal { "Bearer " + $0 }))
        }
    }

    // MARK: - Signatures

    private func sign(for blob: BlobName, _ base: SASFields, with key: SharedKey) throws -> SASToken {
        let now = connection.now()
        var fields = base
        fields["sv"] = ServiceConnection.version
        fields["sr"] = "b"
        fields["sp"] = "r"
        fields["st"] = now.addingTimeInterval(-Self.skew).formatted(.iso8601)
        fields["se"] = now.addingTimeInterval(Self.life).formatted(.iso8601)
        if connection.endpoint.scheme == .https { fields["spr"] = "https" }
        let resource = SASResource(account: account, container: container.text, blob: blob.text)
        guard let token = SASToken.signing(fields, for: resource, with: key) else {
            preconditionFailure("our own version has signatures")
        }
        return token
    }

    /// A key that outlives a signature made now; `nil` where tokens are given instead.
    private func delegationKey() async throws -> UserDelegationKey? {
        let known: UserDelegationKey? = state.withLock { state in
            guard case .key(let key) = state else { return nil }
            return key
        }
        if let known, known.end >= connection.now().addingTimeInterval(Self.life) { return known }
        if state.withLock({ if case .token = $0 { true } else { false } }) { return nil }
        return try await newKey()
    }

    private func newKey() async throws -> UserDelegationKey {
        let now = connection.now()
        let key = try await policy.run { _ in
            try await connection.userDelegationKey(
                from: now.addingTimeInterval(-Self.skew), to: now.addingTimeInterval(Self.keyLife), account: account)
        }
        state.withLock { $0 = .key(key) }
        return key
    }
}
