import AzureIdentity
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPMessages
import TestSupport
import Testing

@Suite("The token endpoint of the stage")
struct TokenEndpointTests {
    private static let secret: HTTPQuery = [
        "grant_type": "client_credentials", "client_id": PlayedStage.application("operator"),
        "client_secret": "stage-secret-of-contoso-operator", "scope": "https://storage.azure.com/.default",
    ]

    private static func changed(_ name: String, _ value: String?) -> HTTPQuery {
        var form = HTTPQuery()
        for parameter in secret.all where parameter.name != name { form.append(parameter.name, parameter.value) }
        if let value { form.append(name, value) }
        return form
    }

    @Test("gives a token that the published key verifies, and that says whose and for whom it is")
    func secret() async throws {
        try await PlayedStage.run { stage in
            let answer = try await stage.askForToken(Self.secret)
            #expect(answer.status == 200)
            #expect(try answer.fields(of: "expires_in") == "3600")
            let token = try JSONWebToken(#require(try answer.fields(of: "access_token")))
            struct KeySet: Decodable {
                struct Key: Decodable { let kid: String, n: String, e: String }
                let keys: [Key]
            }
            let keys = try await stage.send(.get, "/\(PlayedStage.contoso)/discovery/v2.0/keys")
            let key = try #require(try JSONDecoder().decode(KeySet.self, from: Data(keys.body)).keys.first)
            #expect(token.header.keyID == key.kid)
            #expect(
                token.isSigned(
                    by: try RSAPublicKey(
                        modulus: #require(Base64.decodeURL(key.n)), exponent: #require(Base64.decodeURL(key.e)))))
            let claims = token.claims
            #expect(claims.audiences == ["https://storage.azure.com"])
            #expect(claims.tenant == PlayedStage.contoso)
            #expect(claims.issuer == "https://sts.windows.net/\(PlayedStage.contoso)/")
            #expect(claims.object == PlayedStage.principal("operator"))
            #expect(claims.application == PlayedStage.application("operator"))
            #expect(claims.expires == stage.clock.now.addingTimeInterval(3600))
        }
    }

    @Test(
        "refuses with the code of Entra ID",
        arguments: [
            ("client_secret", "wrong", 401, "AADSTS7000215"),
            ("client_id", "00000000-0000-4000-8000-000000000009", 400, "AADSTS700016"),
            ("scope", "https://unknown.example/.default", 400, "AADSTS500011"),
            ("scope", "https://storage.azure.com/user", 400, "AADSTS1002012"), ("scope", nil, 400, "AADSTS900144"),
            ("grant_type", "password", 400, "AADSTS70003"), ("grant_type", nil, 400, "AADSTS900144"),
            ("client_secret", nil, 401, "AADSTS7000218"), ("client_id", nil, 400, "AADSTS900144"),
        ])
    func refusals(name: String, value: String?, status: Int, code: String) async throws {
        try await PlayedStage.run { stage in
            let answer = try await stage.askForToken(Self.changed(name, value))
            #expect(answer.status == status)
            #expect(try answer.fields(of: "error_description")?.hasPrefix(code + ": ") == true)
            #expect(try answer.fields(of: "access_token") == nil)
        }
    }

    @Test("an unknown tenant is one, and a domain stands for its tenant")
    func tenants() async throws {
        try await PlayedStage.run { stage in
            let unknown = try await stage.askForToken(Self.secret, tenant: "00000000-0000-4000-8000-000000000001")
            #expect(unknown.status == 400)
            #expect(unknown.text.contains("AADSTS90002"))
            #expect(try await stage.askForToken(Self.secret, tenant: "contoso.example").status == 200)
            // The same application is none of the other tenant's.
            #expect(try await stage.askForToken(Self.secret, tenant: "fabrikam.example").text.contains("AADSTS700016"))
        }
    }

    @Test("in its first version takes a resource, and answers with texts")
    func firstVersion() async throws {
        try await PlayedStage.run { stage in
            var form = Self.changed("scope", nil)
            form.append("resource", "https://management.core.windows.net/")
            let answer = try await stage.askForToken(form, path: "oauth2/token")
            #expect(answer.status == 200)
            #expect(answer.text.contains(#""expires_in":"3600""#))
            #expect(answer.text.contains(#""resource":"https://management.core.windows.net/""#))
        }
    }

    @Test("lets tokens live as long as it is told, and refuses as many requests as it is told")
    func settings() async throws {
        try await PlayedStage.run { stage in
            let changed = try await stage.json(
                .patch, "/stage", nil, #"{"tokenLife": 20, "retryAfter": 7, "throttled": {"tokens": 2}}"#)
            #expect(changed.status == 200)
            for _ in 0..<2 {
                let answer = try await stage.askForToken(Self.secret)
                #expect(answer.status == 429)
                #expect(answer.fields["Retry-After"] == "7")
            }
            let answer = try await stage.askForToken(Self.secret)
            #expect(try answer.fields(of: "expires_in") == "20")
            for bad in [#"{"tokenLife": 0}"#, #"{"tokenLife": "x"}"#, #"{"throttled": {"nobody": 1}}"#, "[]", "{"] {
                #expect(try await stage.json(.patch, "/stage", nil, bad).status == 400)
            }
            #expect(!(try await stage.send(.get, "/stage").text.contains("stage-secret")))
        }
    }

    @Test("takes an assertion of an issuer that the application trusts, for the right subject only")
    func federation() async throws {
        try await PlayedStage.run { stage in
            func exchange(_ subject: String, life: Int = 600) async throws -> HTTPResponse {
                let made = try await stage.json(
                    .post, "/stage/assertions", nil,
                    #"{"issuer": "https://cluster.contoso.example", "subject": "\#(subject)", "life": \#(life)}"#)
                var form = Self.changed("client_secret", nil)
                form.append("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                form.append("client_assertion", try #require(try made.fields(of: "assertion")))
                return try await stage.askForToken(form)
            }
            #expect(try await exchange("system:serviceaccount:backups:agent").status == 200)
            let other = try await exchange("system:serviceaccount:backups:other")
            #expect(other.status == 400)
            #expect(other.text.contains("AADSTS70021"))
            let old = try await exchange("system:serviceaccount:backups:agent", life: -3600)
            #expect(old.status == 401)
            #expect(old.text.contains("AADSTS700024"))
        }
    }

    @Test("tells clients where everything is")
    func discovery() async throws {
        try await PlayedStage.run { stage in
            let path = "/\(PlayedStage.contoso)/v2.0/.well-known/openid-configuration"
            let found = try await stage.send(.get, path)
            #expect(
                try found.fields(of: "token_endpoint") == "\(stage.base)/\(PlayedStage.contoso)/oauth2/v2.0/token")
            let instances = try await stage.send(.get, "/common/discovery/instance?api-version=1.1")
            #expect(instances.text.contains("tenant_discovery_endpoint"))
            let cloud = try await stage.send(.get, "/metadata/endpoints?api-version=2022-09-01")
            #expect(cloud.text.contains(#""loginEndpoint":"\#(stage.base)""#))
            #expect(try cloud.fields(of: "resourceManager") == stage.base + "/")
        }
    }

    @Test("what is no form, no token and no method is refused")
    func malformed() async throws {
        try await PlayedStage.run { stage async throws in
            let path = "/\(PlayedStage.contoso)/oauth2/v2.0/token"
            #expect(try await stage.send(.get, path).status == 405)
            #expect(try await stage.send(.post, path, body: [0xFF, 0xFE]).status == 400)
            #expect(try await stage.send(.post, path, body: Array("a=%zz".utf8)).status == 400)
            #expect(try await stage.send(.post, path, body: [UInt8](repeating: 65, count: 2 << 20)).status == 413)
            for assertion in ["", ".", "..", "a.b.c", String(repeating: "A", count: 70_000)] {
                var form = Self.changed("client_secret", nil)
                form.append("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                form.append("client_assertion", assertion)
                #expect(try await stage.askForToken(form).status == 401)
            }
        }
    }
}
