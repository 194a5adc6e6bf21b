import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPMessages
import SystemCalls

/// An application that signs in with a secret.
struct ClientSecretIdentity: TokenIssuer {
    let tenant: String
    let client: String
    let secret: Secret<String>
    let services: IdentityServices

    var place: CredentialPlace { .clientSecret }
    var name: String { "service principal with a secret" }
    var subject: IdentitySubject { IdentitySubject(tenant: tenant, client: client) }

    func issue(for audience: TokenAudience) async throws -> AccessToken {
        let fields = secret.reveal { [("client_id", client), ("client_secret", $0)] }
        return try await TokenEndpoint(tenant: tenant, identity: name, services: services)
            .token(for: audience, fields, hiding: secret)
    }
}

/// An application that signs in with a certificate: it shows a token that only the key's owner can have signed.
struct ClientCertificateIdentity: TokenIssuer {
    let tenant: String
    let client: String
    /// In PEM form or as PKCS#12; read at each use, so that it can be renewed.
    let path: String
    let password: Secret<String>?
    /// True to show the certificates that vouch for it, too, for applications that trust an issuer and a name.
    let sendsChain: Bool
    let services: IdentityServices

    var place: CredentialPlace { .clientCertificate }
    var name: String { "service principal with a certificate" }
    var subject: IdentitySubject { IdentitySubject(tenant: tenant, client: client) }

    /// How long an assertion is good for, in seconds; the authority allows ten minutes.
    private static let life = 9.0 * 60

    func issue(for audience: TokenAudience) async throws -> AccessToken {
        let endpoint = TokenEndpoint(tenant: tenant, identity: name, services: services)
        let assertion = try assertion(for: endpoint.url.description)
        let fields = assertion.reveal { Assertion.fields(client: client, $0) }
        return try await endpoint.token(for: audience, fields, hiding: assertion)
    }

    private func assertion(for url: String) throws -> Secret<String> {
        let key: CertifiedKey
        do {
            key = try CertifiedKey(file: Secret(try Files.contents(of: path)), password: password)
        } catch {
            throw IdentityError(.fileUnusable, name, detail: CredentialPlace.clientCertificate.rawValue, cause: error)
        }
        var header = JSONWebToken.Header(.ps256)
        header.sha1Thumbprint = Base64.encodeURL(key.certificate.sha1Thumbprint)
        header.sha256Thumbprint = Base64.encodeURL(key.certificate.sha256Thumbprint)
        if sendsChain { header.certificates = ([key.certificate] + key.authorities).map { Base64.encode($0.der) } }
        var claims = TokenClaims()
        claims.audiences = [url]
        (claims.issuer, claims.subject) = (client, client)
        claims.notBefore = services.now()
        claims.expires = services.now().addingTimeInterval(Self.life)
        claims.id = String(services.random(), radix: 16) + String(services.random(), radix: 16)
        return try JSONWebToken.signing(claims, header: header, with: key.key)
    }
}

/// An application that signs in with a token that somebody else made, such as Kubernetes.
struct WorkloadIdentity: TokenIssuer {
    let tenant: String
    let client: String
    /// Read at each use: whoever writes it renews it.
    let path: String
    let services: IdentityServices

    var place: CredentialPlace { .workloadIdentity }
    var name: String { "workload identity" }
    var subject: IdentitySubject { IdentitySubject(tenant: tenant, client: client) }

    func issue(for audience: TokenAudience) async throws -> AccessToken {
        let assertion = try federatedToken()
        let fields = assertion.reveal { Assertion.fields(client: client, $0) }
        return try await TokenEndpoint(tenant: tenant, identity: name, services: services)
            .token(for: audience, fields, hiding: assertion)
    }

    private func federatedToken() throws -> Secret<String> {
        let file = CredentialPlace.workloadIdentity.rawValue
        let bytes: [UInt8]
        do {
            bytes = try Files.contents(of: path, limit: JSONWebToken.longest)
        } catch {
            throw IdentityError(.fileUnusable, name, detail: file, cause: error)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let trimmed = String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
        guard TokenAnswer.isToken(trimmed) else {
            throw IdentityError(.fileUnusable, name, detail: "\(file) names a file that holds no token")
        }
        return Secret(trimmed)
    }
}

private enum Assertion {
    /// The fields of a form that shows a signed token in place of a secret.
    static func fields(client: String, _ assertion: String) -> [(String, String)] {
        [
            ("client_id", client), ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ]
    }
}
