import HTTPMessages
import TestSupport
import Testing

@Suite("Vaults on the stage")
struct VaultTests {
    private static let path = "/vaults/contoso-vault/secrets"
    private static let version = "?api-version=7.4"

    @Test("give out what was put in, by name and by version")
    func versions() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token(for: PlayedStage.vaults)
            let put = try await stage.json(.put, "\(Self.path)/key1\(Self.version)", token, #"{"value": "one"}"#)
            #expect(put.status == 200)
            let first = try #require(try put.fields(of: "id"))
            _ = try await stage.json(.put, "\(Self.path)/key1\(Self.version)", token, #"{"value": "two"}"#)
            let current = try await stage.json(.get, "\(Self.path)/key1\(Self.version)", token)
            #expect(try current.fields(of: "value") == "two")
            #expect(try await stage.json(.get, first + Self.version, token).fields(of: "value") == "one")
            let all = try await stage.json(.get, "\(Self.path)/key1/versions\(Self.version)", token)
            #expect(all.text.contains(first) && !all.text.contains("\"one\""))
            let names = try await stage.json(.get, Self.path + Self.version, token)
            #expect(names.text.contains("/secrets/key1") && names.text.contains("/secrets/postgres"))
        }
    }

    @Test("say where a token is to be had, and take none of others")
    func challenge() async throws {
        try await PlayedStage.run { stage in
            let none = try await stage.json(.get, "\(Self.path)/postgres\(Self.version)")
            #expect(none.status == 401)
            let challenge = none.fields["WWW-Authenticate"]
            #expect(
                challenge
                    == "Bearer authorization=\"\(stage.base)/\(PlayedStage.contoso)\", resource=\"https://vault.azure.net\""
            )
            for token in [
                try await stage.token(for: PlayedStage.storage),
                try await stage.token(of: PlayedStage.fabrikam, for: PlayedStage.vaults), "x.y.z", "",
            ] {
                #expect(try await stage.json(.get, "\(Self.path)/postgres\(Self.version)", token).status == 401)
            }
        }
    }

    @Test("refuse whom no role lets in")
    func roles() async throws {
        try await PlayedStage.run { stage in
            let nobody = try await stage.token("nobody", for: PlayedStage.vaults)
            let refused = try await stage.json(.get, "\(Self.path)/postgres\(Self.version)", nobody)
            #expect(refused.status == 403)
            #expect(refused.text.contains("ForbiddenByRbac"))
            let reader = try await stage.token("backup", for: PlayedStage.vaults)
            #expect(try await stage.json(.get, "\(Self.path)/postgres\(Self.version)", reader).status == 200)
            #expect(
                try await stage.json(.put, "\(Self.path)/postgres\(Self.version)", reader, #"{"value":"x"}"#).status
                    == 403)
        }
    }

    @Test("keep what is disabled, show the times of the rest, and know what they do not have")
    func attributes() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token(for: PlayedStage.vaults)
            let path = "\(Self.path)/timed\(Self.version)"
            let made = try await stage.json(
                .put, path, token, #"{"value": "v", "attributes": {"nbf": 10, "exp": 20}, "contentType": "text/plain"}"#
            )
            #expect(made.text.contains(#""nbf":10"#) && made.text.contains(#""exp":20"#))
            #expect(try await stage.json(.patch, path, token, #"{"attributes": {"enabled": false}}"#).status == 200)
            let disabled = try await stage.json(.get, path, token)
            #expect(disabled.status == 403)
            #expect(disabled.text.contains("SecretDisabled"))
            for missing in ["\(Self.path)/missing", "\(Self.path)/timed/00000000000000000000000000000000"] {
                let answer = try await stage.json(.get, missing + Self.version, token)
                #expect(answer.status == 404)
                #expect(answer.text.contains("SecretNotFound"))
            }
            #expect(try await stage.json(.get, "/vaults/none/secrets/a\(Self.version)", token).status == 404)
            for bad in [#"{"value": 1}"#, "{}", "[]", #"{"value":"v","attributes":{"exp":"soon"}}"#] {
                #expect(try await stage.json(.put, "\(Self.path)/bad\(Self.version)", token, bad).status == 400)
            }
            #expect(
                try await stage.json(.put, "\(Self.path)/a_b\(Self.version)", token, #"{"value":"v"}"#).status == 400)
            #expect(try await stage.json(.delete, path, token).status == 200)
            #expect(try await stage.json(.get, path, token).status == 404)
        }
    }

    @Test("are reached by a host of their own, too")
    func host() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token(for: "http://vault.localhost:\(stage.port)")
            let answer = try await stage.send(
                .get, "/secrets/postgres\(Self.version)",
                ["Host": "contoso-vault.vault.localhost:\(stage.port)", "Authorization": "Bearer \(token)"])
            #expect(answer.status == 200)
            let none = try await stage.send(
                .get, "/secrets/postgres\(Self.version)", ["Host": "contoso-vault.vault.localhost:\(stage.port)"])
            #expect(none.fields["WWW-Authenticate"]?.contains("http://localhost:\(stage.port)/") == true)
            #expect(none.fields["WWW-Authenticate"]?.contains("http://vault.localhost:\(stage.port)\"") == true)
        }
    }
}
