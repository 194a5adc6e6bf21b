import AzureIdentity
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPMessages
import TestSupport
import Testing

@Suite("Bearer tokens at the blob service")
struct BearerTests {
    @Test("let through what a role allows, and nothing else")
    func roles() async throws {
        try await PlayedStage.run { stage in
            let backup = try await stage.token("backup", for: PlayedStage.storage)
            let reader = try await stage.token("reader", for: PlayedStage.storage)
            let nobody = try await stage.token("nobody", for: PlayedStage.storage)
            let blob = "/contosobackups/box/a"
            let made = try await stage.blob(.put, blob, backup, body: [1, 2, 3])
            #expect(made.status == 201, "\(made.text)")
            #expect(try await stage.blob(.get, blob, reader).body == [1, 2, 3])
            #expect(try await stage.blob(.get, "/contosobackups/box?restype=container&comp=list", reader).status == 200)
            for (method, target, token) in [
                (HTTPMethod.put, blob, reader), (.delete, blob, reader), (.get, blob, nobody),
                (.put, blob + "?comp=tags", backup), (.get, blob + "?comp=tags", reader),
                (.put, "/contosobackups/new?restype=container", reader),
                (.get, "/contosoarchive/box?restype=container&comp=list", reader),
            ] {
                let answer = try await stage.blob(method, target, token)
                #expect(
                    (answer.status, answer.code) == (403, "AuthorizationPermissionMismatch"), "\(method) \(target)")
            }
            #expect(try await stage.blob(.delete, blob, backup).status == 202)
        }
    }

    @Test("count for a container where the role was given there")
    func containerScope() async throws {
        try await PlayedStage.run { stage in
            let management = try await stage.token(for: PlayedStage.management)
            let scope = PlayedStage.account() + "/blobServices/default/containers/box"
            let path =
                scope + "/providers/Microsoft.Authorization/roleAssignments/33333333-0000-4000-8000-000000000001"
                + "?api-version=2022-04-01"
            let body =
                #"{"properties": {"principalId": "\#(PlayedStage.principal("nobody"))", "roleDefinitionId": "Storage Blob Data Contributor"}}"#
            let token = try await stage.token("nobody", for: PlayedStage.storage)
            _ = try await stage.json(
                .put, PlayedStage.account() + "/blobServices/default/containers/other?api-version=2023-05-01",
                management)
            #expect(try await stage.blob(.put, "/contosobackups/box/a", token, body: [1]).status == 403)
            #expect(try await stage.json(.put, path, management, body).status == 201)
            #expect(try await stage.blob(.put, "/contosobackups/box/a", token, body: [1]).status == 201)
            #expect(try await stage.blob(.put, "/contosobackups/other/a", token, body: [1]).status == 403)
            #expect(try await stage.json(.delete, path, management).status == 200)
            #expect(try await stage.blob(.put, "/contosobackups/box/a", token, body: [1]).status == 403)
        }
    }

    @Test("are asked for with the tenant's name where none is shown, or one that has ended")
    func challenge() async throws {
        try await PlayedStage.run { stage in
            let expected =
                "Bearer authorization_uri=\(stage.base)/\(PlayedStage.contoso)/oauth2/authorize "
                + "resource_id=https://storage.azure.com"
            let path = "/contosobackups/box?restype=container&comp=list"
            let none = try await stage.blob(.get, path)
            #expect((none.status, none.code) == (401, "NoAuthenticationInformation"))
            #expect(none.fields["WWW-Authenticate"] == expected)
            let token = try await stage.token("reader", for: PlayedStage.storage)
            #expect(try await stage.blob(.get, path, token).status == 200)
            stage.clock.pass(3600)
            let ended = try await stage.blob(.get, path, token)
            #expect((ended.status, ended.code) == (401, "InvalidAuthenticationInfo"))
            #expect(ended.fields["WWW-Authenticate"] == expected)
            #expect(ended.text.contains("Lifetime validation failed"))
        }
    }

    @Test("of another tenant, for another service, or of too old a version count for nothing")
    func others() async throws {
        try await PlayedStage.run { stage in
            let path = "/contosobackups/box?restype=container&comp=list"
            for token in [
                try await stage.token(of: PlayedStage.fabrikam, for: PlayedStage.storage),
                try await stage.token(for: PlayedStage.management), "", "x", "a.b.c",
                try await stage.token(for: "https://contosoarchive.blob.core.windows.net"),
            ] {
                let answer = try await stage.blob(.get, path, token)
                #expect((answer.status, answer.code) == (401, "InvalidAuthenticationInfo"))
            }
            let own = try await stage.token(for: "https://contosobackups.blob.core.windows.net")
            #expect(try await stage.blob(.get, path, own).status == 200)
            #expect(try await stage.blob(.get, path, own, ["x-ms-version": "2015-12-11"]).status == 403)
            let twice: HTTPFields = ["Authorization": "Bearer \(own)", "authorization": "Bearer \(own)"]
            let url = try #require(HTTPURL(stage.base + path))
            var request = HTTPRequest(.get, url, fields: ["x-ms-version": "2023-11-03"])
            for field in twice.all { request.fields.append(field.name, field.value) }
            #expect(try await stage.client.send(request).status == 400)
        }
    }

    /// How a token is forged.
    enum Forgery: String, CaseIterable {
        case unsigned, publicKeyAsSecret, otherKey, otherKeyID, changed, otherIssuer, assertion, foreverYoung, notYet
    }

    @Test("that are forged count for nothing", arguments: Forgery.allCases)
    func forged(_ forgery: Forgery) async throws {
        try await PlayedStage.run { stage in
            let good = try await stage.token("operator", for: PlayedStage.storage)
            let parts = good.split(separator: ".").map(String.init)
            let claims = try JSONWebToken(good).claims
            let keyID = try JSONWebToken(good).header.keyID
            func signed(_ change: (inout TokenClaims, inout JSONWebToken.Header) -> Void, by key: RSAPrivateKey? = nil)
                throws -> String
            {
                var (claims, header) = (claims, JSONWebToken.Header(.rs256, keyID: keyID))
                change(&claims, &header)
                return try JSONWebToken.signing(claims, header: header, with: key ?? stage.key).reveal { $0 }
            }
            func header(_ text: String) -> String { Base64.encodeURL(Array(text.utf8)) }
            let token: String
            switch forgery {
            case .unsigned: token = header(#"{"alg":"none","typ":"JWT"}"#) + "." + parts[1] + "."
            case .publicKeyAsSecret:
                let text = header(#"{"alg":"HS256","typ":"JWT","kid":"\#(keyID ?? "")"}"#) + "." + parts[1]
                let code = MessageAuthentication.hmacSHA256(Array(text.utf8), key: stage.key.publicKey.modulus)
                token = text + "." + Base64.encodeURL(code)
            case .otherKey: token = try signed({ _, _ in }, by: try RSAPrivateKey.generate())
            case .otherKeyID: token = try signed { $1.keyID = "x" }
            case .changed:
                token = parts[0] + "." + header(#"{"oid":"x","exp":9999999999}"#) + "." + parts[2]
            case .otherIssuer: token = try signed { claims, _ in claims.issuer = "https://evil.example/" }
            case .assertion:
                let made = try await stage.json(
                    .post, "/stage/assertions", nil,
                    #"{"issuer": "x", "subject": "y", "audience": "https://storage.azure.com"}"#)
                token = try #require(try made.fields(of: "assertion"))
            case .foreverYoung: token = try signed { claims, _ in claims.expires = nil }
            case .notYet:
                token = try signed { claims, _ in claims.notBefore = stage.clock.now.addingTimeInterval(60) }
            }
            let answer = try await stage.blob(.get, "/contosobackups/box?restype=container&comp=list", token)
            #expect((answer.status, answer.code) == (401, "InvalidAuthenticationInfo"))
            #expect(!answer.text.contains(token) || token.isEmpty)
        }
    }
}
