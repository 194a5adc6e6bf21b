import AzureIdentity
import CryptoDigests
import Diagnostics
import FoundationEssentials

/// Makes the stage's tokens, and knows them again.
struct TokenSigner: Sendable {
    let key: RSAPrivateKey
    /// The name of the key in the published set.
    let keyID: String

    init(key: RSAPrivateKey) {
        self.key = key
        keyID = Base64.encodeURL(Array(Digest.of(key.publicKey.modulus.span, .sha256).prefix(20)))
    }

    /// Who signs for a tenant: as tokens for storage and for the resource manager name it.
    static func issuer(of tenant: String) -> String { "https://sts.windows.net/\(tenant)/" }

    func sign(_ claims: TokenClaims) throws -> Secret<String> {
        try JSONWebToken.signing(claims, header: JSONWebToken.Header(.rs256, keyID: keyID), with: key)
    }

    /// What a token says, once it is known that it was made here and counts now.
    ///
    /// - Parameter tenants: Those whose tokens are taken.
    func claims(
        of text: String, for audience: StageAudience, tenants: Set<String>, now: Date
    ) throws(TokenFault) -> TokenClaims {
        let token: JSONWebToken
        do {
            token = try JSONWebToken(text)
        } catch {
            throw TokenFault(.malformed, "The token is malformed.")
        }
        // The key decides the algorithm, never the token.
        guard token.header.algorithm == RSAAlgorithm.rs256.rawValue, token.header.keyID == keyID,
            token.isSigned(by: key.publicKey)
        else { throw TokenFault(.signature, "Signature validation failed. Signature verification failed.") }
        let claims = token.claims
        guard let tenant = claims.tenant, tenants.contains(tenant), claims.issuer == Self.issuer(of: tenant),
            claims.object != nil
        else { throw TokenFault(.issuer, "Issuer validation failed. Issuer did not match.") }
        guard claims.audiences.count == 1, StageAudience(claims.audiences[0]) == audience else {
            throw TokenFault(.audience, "Audience validation failed. Audience did not match.")
        }
        guard claims.isInTime(at: now) else {
            throw TokenFault(.lifetime, "Lifetime validation failed. The token is expired or not yet valid.")
        }
        return claims
    }
}

/// Why a token counts for nothing.
struct TokenFault: Error {
    enum Kind { case malformed, signature, issuer, audience, lifetime }

    let kind: Kind
    let detail: String

    init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }
}
