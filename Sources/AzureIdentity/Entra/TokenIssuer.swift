import Diagnostics

/// One way to come by tokens: a service principal, a managed identity, `az`.
///
/// It asks each time; ``TokenCache`` keeps what it gave. Failures are ``IdentityError``, ``CredentialError`` or
/// `CancellationError`.
public protocol TokenIssuer: Sendable {
    /// The place it was found in.
    var place: CredentialPlace { get }
    /// How it is spoken of, such as "service principal with a secret".
    var name: String { get }
    /// The tenant and the application that it was told of.
    var subject: IdentitySubject { get }

    func issue(for audience: TokenAudience) async throws -> AccessToken
}

/// Whom a token speaks for, as far as it is known; no secret.
public struct IdentitySubject: Sendable, Equatable {
    public var tenant: String?
    public var client: String?
    public var object: String?

    public init(tenant: String? = nil, client: String? = nil, object: String? = nil) {
        self.tenant = tenant
        self.client = client
        self.object = object
    }

    /// What the token says, or else what was known before; the signature is the business of whom it is shown to.
    public init(of token: AccessToken, orElse known: IdentitySubject) {
        let claims = token.text.reveal { try? JSONWebToken($0).claims }
        tenant = claims?.tenant ?? known.tenant
        client = claims?.application ?? known.client
        object = claims?.object ?? known.object
    }
}
