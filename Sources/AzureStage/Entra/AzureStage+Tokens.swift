import AzureIdentity
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages
import Synchronization

/// The token endpoint of Entra ID, and what clients read before they use it.
extension AzureStage {
    func answerTokens(_ request: StageRequest) throws -> Reply {
        let path = request.segments.dropFirst().map { $0.lowercased() }.joined(separator: "/")
        let name = request.segments.first ?? ""
        switch path {
        case "discovery/instance": return instances(request)
        case "oauth2/v2.0/token", "oauth2/token":
            guard request.method == "POST" else { throw StageFailure.method(request.method) }
            return try token(request, of: try tenant(name), isFirstVersion: path == "oauth2/token")
        case "v2.0/.well-known/openid-configuration", ".well-known/openid-configuration":
            return configuration(request, of: try tenant(name), isFirstVersion: !path.hasPrefix("v2.0"))
        case "discovery/v2.0/keys", "discovery/keys":
            _ = try tenant(name)
            return .json(200, ["keys": [keyDocument]])
        default: throw StageFailure.nothingHere
        }
    }

    private func tenant(_ name: String) throws(StageFailure) -> StageState.Tenant {
        if let found = state.withLock({ $0.tenant(name) }) { return found }
        throw .entra(
            400, "invalid_request", 90002,
            "Tenant '\(name)' not found. Check to make sure you have the correct tenant ID and are signing into the "
                + "correct cloud.")
    }

    // MARK: - What clients read first

    private var keyDocument: JSONValue {
        let key = signer.key.publicKey
        return [
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": .text(signer.keyID), "x5t": .text(signer.keyID),
            "n": .text(Base64.encodeURL(key.modulus)), "e": .text(Base64.encodeURL(key.exponent)),
        ]
    }

    private func configuration(
        _ request: StageRequest, of tenant: StageState.Tenant, isFirstVersion: Bool
    ) -> Reply {
        let root = "\(request.base)/\(tenant.id)"
        let version = isFirstVersion ? "" : "v2.0/"
        return .json(
            200,
            [
                "issuer": .text(isFirstVersion ? TokenSigner.issuer(of: tenant.id) : "\(root)/v2.0"),
                "authorization_endpoint": .text("\(root)/oauth2/\(version)authorize"),
                "token_endpoint": .text("\(root)/oauth2/\(version)token"),
                "jwks_uri": .text("\(root)/discovery/\(version)keys"),
                "device_authorization_endpoint": .text("\(root)/oauth2/\(version)devicecode"),
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "response_types_supported": ["code", "token"], "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"], "tenant_region_scope": "EU",
                "cloud_instance_name": .text(request.host), "scopes_supported": ["openid"],
            ])
    }

    private func instances(_ request: StageRequest) -> Reply {
        let own: JSONValue = .text(request.host)
        return .json(
            200,
            [
                "tenant_discovery_endpoint": .text("\(request.base)/common/v2.0/.well-known/openid-configuration"),
                "api-version": "1.1",
                "metadata": [["preferred_network": own, "preferred_cache": own, "aliases": [own]]],
            ])
    }

    // MARK: - Tokens

    private func token(
        _ request: StageRequest, of tenant: StageState.Tenant, isFirstVersion: Bool
    ) throws -> Reply {
        let form = try request.form()
        guard let type = form["grant_type"] else { throw StageFailure.missing("grant_type") }
        guard type == "client_credentials" else {
            throw StageFailure.entra(
                400, "unsupported_grant_type", 70003,
                "The app requested an unsupported grant type '\(type.prefix(64))'.")
        }
        guard let client = form["client_id"]?.lowercased() else { throw StageFailure.missing("client_id") }
        guard let application = tenant.applications.first(where: { $0.id.lowercased() == client }) else {
            throw StageFailure.entra(
                400, "unauthorized_client", 700016,
                "Application with identifier '\(client.prefix(64))' was not found in the directory '\(tenant.id)'. This "
                    + "can happen if the application has not been installed by the administrator of the tenant.")
        }
        try prove(application, of: tenant, form, request)
        let resource = try isFirstVersion ? Self.resource(form) : Self.scope(form)
        return try grant(
            resource, application.object, application.id, tenant.id, isFirstVersion: isFirstVersion)
    }

    private static func resource(_ form: HTTPQuery) throws(StageFailure) -> String {
        guard let resource = form["resource"] else { throw .missing("resource") }
        return resource
    }

    /// The resource in front of `/.default`; nothing else can be asked for without a person.
    private static func scope(_ form: HTTPQuery) throws(StageFailure) -> String {
        guard let scope = form["scope"] else { throw .missing("scope") }
        let wanted = scope.split(separator: " ").filter { !["openid", "profile", "offline_access"].contains($0) }
        guard wanted.count == 1, let text = wanted.first, text.hasSuffix("/.default") else {
            throw .entra(
                400, "invalid_scope", 1_002_012,
                "The provided value for scope \(scope.prefix(128)) is not valid. Client credential flows must have a scope "
                    + "value with /.default suffixed to the resource identifier.")
        }
        return String(text.dropLast("/.default".count))
    }

    /// The answer with a new token.
    ///
    /// - Parameter isFirstVersion: True where numbers are texts.
    func grant(
        _ resource: String, _ object: String, _ application: String, _ tenant: String, isFirstVersion: Bool,
        adding more: JSONValue = .object([:])
    ) throws -> Reply {
        guard StageAudience(resource) != nil else {
            throw StageFailure.entra(
                400, "invalid_resource", 500011,
                "The resource principal named \(resource.prefix(128)) was not found in the tenant named \(tenant). This "
                    + "can happen if the application has not been installed by the administrator of the tenant.")
        }
        let (now, life) = (clock(), state.withLock { $0.tokenLife })
        var claims = TokenClaims()
        claims.issuer = TokenSigner.issuer(of: tenant)
        claims.audiences = [resource]
        (claims.object, claims.subject) = (object.lowercased(), object.lowercased())
        (claims.tenant, claims.application, claims.id) = (tenant, application.lowercased(), newID())
        (claims.issued, claims.notBefore) = (now, now)
        let expires = now.addingTimeInterval(Double(life))
        claims.expires = expires
        func number(_ value: Int) -> JSONValue { isFirstVersion ? .text(String(value)) : .number(Double(value)) }
        var answer: JSONValue = [
            "token_type": "Bearer", "expires_in": number(life), "ext_expires_in": number(life),
            "access_token": .text(try signer.sign(claims).reveal { $0 }),
        ]
        if isFirstVersion {
            answer["expires_on"] = number(StageTime.seconds(expires))
            answer["not_before"] = number(StageTime.seconds(now))
            answer["resource"] = .text(resource)
        } else if life >= 7200 {
            answer["refresh_in"] = number(life / 2)
        }
        return .json(200, answer.merged(with: more), ["Pragma": "no-cache"])
    }
}

extension StageFailure {
    static func entra(_ status: Int, _ code: String, _ number: Int, _ message: String) -> StageFailure {
        var failure = StageFailure(status, code, message)
        failure.number = number
        return failure
    }

    static func missing(_ name: String) -> StageFailure {
        entra(400, "invalid_request", 900144, "The request body must contain the following parameter: '\(name)'.")
    }
}
