public import AzureIdentity
public import Diagnostics
public import FoundationEssentials

/// Who decides what an account's blob service lets happen: its settings, and the rights of those who show a token.
///
/// The server asks anew for each request, so that what is changed counts from the next one on. It knows nothing of where
/// settings and rights come from.
public protocol AccountPolicy: Sendable {
    /// What holds at the moment.
    func settings() -> AccountSettings

    /// Whom a bearer token speaks for.
    func holder(of token: Secret<String>, now: Date) throws(TokenRefusal) -> TokenHolder

    /// True if somebody has a role that allows an action.
    ///
    /// - Parameter container: `nil` for what is done to the account.
    func allows(_ action: BlobAction, to holder: TokenHolder, in container: String?) -> Bool

    /// The key with which somebody may sign on these terms; `nil` where no such key counts.
    func delegationKey(for terms: DelegationTerms) -> SharedKey?
}

/// Somebody that Entra ID knows.
public struct TokenHolder: Sendable, Hashable {
    /// The object's id.
    public let object: String
    public let tenant: String

    public init(object: String, tenant: String) {
        self.object = object
        self.tenant = tenant
    }
}

/// Why a bearer token counts for nothing.
public struct TokenRefusal: Error, Sendable, Equatable {
    /// What a person who debugs it wants to see; holds nothing of the token but what everybody may know.
    public let detail: String

    public init(_ detail: String) { self.detail = detail }
}

/// What a user delegation key was asked for: as much of it as its signatures repeat.
public struct DelegationTerms: Sendable, Equatable {
    public let holder: TokenHolder
    /// As written, like `expiry`.
    public let start: String
    public let expiry: String
    public let service: String
    public let version: String
    /// The tenant of those to whom signatures may be bound; empty where they are bound to nobody.
    public let delegatedTenant: String

    public init(
        holder: TokenHolder, start: String, expiry: String, service: String, version: String, delegatedTenant: String
    ) {
        self.holder = holder
        self.start = start
        self.expiry = expiry
        self.service = service
        self.version = version
        self.delegatedTenant = delegatedTenant
    }
}
