import AzureIdentity
import CryptoDigests
import FoundationEssentials
import HTTPMessages

/// How an application proves who it is.
extension AzureStage {
    private static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    private static let exchange = "api://AzureADTokenExchange"

    func prove(
        _ application: StageDocument.Application, of tenant: StageState.Tenant, _ form: HTTPQuery,
        _ request: StageRequest
    ) throws(StageFailure) {
        if let secret = form["client_secret"] { return try check(secret, of: application) }
        guard let assertion = form["client_assertion"] else {
            throw .entra(
                401, "invalid_client", 7_000_218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
        }
        guard form["client_assertion_type"] == Self.assertionType else {
            throw .missing("client_assertion_type")
        }
        let token: JSONWebToken
        do {
            token = try JSONWebToken(assertion)
        } catch {
            throw .entra(401, "invalid_client", 50027, "JWT token is invalid or malformed.")
        }
        let isOwn = token.claims.issuer?.lowercased() == application.id.lowercased()
        if isOwn {
            try check(token, ofCertificate: application, tenant, request)
        } else {
            try check(token, ofFederation: application)
        }
    }

    private func check(_ secret: String, of application: StageDocument.Application) throws(StageFailure) {
        let given = Array(secret.utf8)
        guard
            let found = (application.secrets ?? []).first(where: {
                MessageAuthentication.equal(Array($0.value.utf8), given)
            })
        else {
            throw .entra(
                401, "invalid_client", 7_000_215,
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
                    + "not the client secret ID, for a secret added to app '\(application.id)'.")
        }
        guard let end = found.expires.flatMap({ StoredAccessPolicy.time($0) }), end <= clock() else { return }
        throw .entra(
            401, "invalid_client", 7_000_222, "The provided client secret keys for app '\(application.id)' are expired."
        )
    }

    // MARK: - Assertions

    private func check(
        _ token: JSONWebToken, ofCertificate application: StageDocument.Application, _ tenant: StageState.Tenant,
        _ request: StageRequest
    ) throws(StageFailure) {
        guard let pem = application.certificates?.first(where: { names(token.header, $0) }),
            let key = try? X509Certificate(pem: Array(pem.utf8)).publicKey(), token.isSigned(by: key)
        else {
            throw .entra(
                401, "invalid_client", 700027,
                "The certificate with identifier used to sign the client assertion is not registered on application, or "
                    + "the signature is not the certificate's.")
        }
        let audiences = token.claims.audiences
        let isForUs = audiences.contains { audience in
            let path = HTTPURL(audience)?.path.lowercased() ?? ""
            return [tenant.id, tenant.domain].compactMap(\.self).contains {
                path.hasPrefix("/\($0)/") || path == "/\($0)"
            }
        }
        guard isForUs, token.claims.subject?.lowercased() == application.id.lowercased() else {
            throw .entra(401, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer.")
        }
        try checkTime(token)
    }

    /// True if a header names the certificate by one of its thumbprints.
    private func names(_ header: JSONWebToken.Header, _ pem: String) -> Bool {
        guard let certificate = try? X509Certificate(pem: Array(pem.utf8)) else { return false }
        if let thumbprint = header.sha256Thumbprint {
            return thumbprint == Base64.encodeURL(certificate.sha256Thumbprint)
        }
        return header.sha1Thumbprint == Base64.encodeURL(certificate.sha1Thumbprint)
    }

    private func check(
        _ token: JSONWebToken, ofFederation application: StageDocument.Application
    ) throws(StageFailure) {
        let claims = token.claims
        let found = (application.federated ?? []).first { federation in
            federation.issuer == claims.issuer && federation.subject == claims.subject
                && claims.audiences.contains(federation.audience ?? Self.exchange)
        }
        guard let found else {
            throw .entra(
                400, "invalid_request", 70021,
                "No matching federated identity record found for presented assertion. Assertion Issuer: "
                    + "'\((claims.issuer ?? "").prefix(128))'. Assertion Subject: '\((claims.subject ?? "").prefix(128))'. "
                    + "Assertion Audience: '\((claims.audiences.first ?? "").prefix(128))'.")
        }
        guard keys(of: found, named: token.header.keyID).contains(where: token.isSigned) else {
            throw .entra(400, "invalid_request", 700211, "No matching key of the issuer signed the assertion.")
        }
        try checkTime(token)
    }

    /// Those of the issuer that the assertion may have been signed with; the stage's own where the issuer has no set.
    private func keys(of federation: StageDocument.Application.Federation, named id: String?) -> [RSAPublicKey] {
        guard let set = federation.keys else { return [signer.key.publicKey] }
        return set.keys.filter { $0.kid == nil || $0.kid == id }.compactMap { key in
            guard let modulus = Base64.decodeURL(key.n), let exponent = Base64.decodeURL(key.e) else { return nil }
            return try? RSAPublicKey(modulus: modulus, exponent: exponent)
        }
    }

    private func checkTime(_ token: JSONWebToken) throws(StageFailure) {
        guard token.claims.isInTime(at: clock(), skew: 300) else {
            throw .entra(
                401, "invalid_client", 700024, "Client assertion is not within its valid time range.")
        }
    }
}
