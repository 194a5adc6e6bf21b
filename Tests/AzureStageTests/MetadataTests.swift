import AzureIdentity
import AzureStage
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("Managed identities on the stage")
struct MetadataTests {
    private static let path =
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://storage.azure.com/"
    private static let fields: HTTPFields = ["Metadata": "true"]
    private static let assigned =
        "/subscriptions/11111111-000a-4000-8000-000000000001/resourceGroups/contoso-backups/providers/"
        + "Microsoft.ManagedIdentity/userAssignedIdentities/contoso-agent"

    @Test(
        "are chosen by client, object or resource id, or are the machine's own",
        arguments: [
            ("", "51"), ("&client_id=11111111-000a-4000-8000-000000000060", "61"),
            ("&object_id=11111111-000a-4000-8000-000000000061", "61"), ("&msi_res_id=\(assigned)", "61"),
        ])
    func chosen(query: String, object: String) async throws {
        try await PlayedStage.run { stage in
            let answer = try await stage.send(.get, Self.path + query, Self.fields)
            #expect(answer.status == 200)
            let token = try JSONWebToken(#require(try answer.fields(of: "access_token")))
            #expect(token.claims.object == "11111111-000a-4000-8000-0000000000" + object)
            #expect(answer.text.contains(#""expires_in":"3600""#))
        }
    }

    @Test(
        "are refused as on a machine that has none of that id",
        arguments: ["&client_id=x", "&object_id=x", "&msi_res_id=/a", "&client_id="])
    func unknown(query: String) async throws {
        try await PlayedStage.run { stage in
            let answer = try await stage.send(.get, Self.path + query, Self.fields)
            #expect(answer.status == 400)
            #expect(answer.text.contains("Identity not found"))
        }
    }

    @Test("need the header that no page can send, a version and a resource")
    func header() async throws {
        try await PlayedStage.run { stage async throws in
            #expect(try await stage.send(.get, Self.path).status == 400)
            #expect(
                try await stage.send(.get, Self.path, ["Metadata": "true", "X-Forwarded-For": "10.0.0.1"]).status == 400
            )
            #expect(try await stage.send(.get, "/metadata/identity/oauth2/token", Self.fields).status == 400)
            #expect(
                try await stage.send(.get, "/metadata/identity/oauth2/token?api-version=1", Self.fields).status == 400)
            #expect(try await stage.send(.get, "/metadata/instance", Self.fields).status == 404)
            #expect(try await stage.send(.post, Self.path, Self.fields).status == 405)
        }
    }

    @Test("on App Service need the secret of the host")
    func appService() async throws {
        try await PlayedStage.run { stage in
            let path = "/msi/token?api-version=2019-08-01&resource=https://vault.azure.net"
            let answer = try await stage.send(.get, path, ["X-IDENTITY-HEADER": "stage-identity-header"])
            #expect(answer.status == 200)
            #expect(try await stage.send(.get, path, ["X-IDENTITY-HEADER": "guess"]).status == 401)
            #expect(try await stage.send(.get, path).status == 401)
        }
    }

    @Test("on Arc need what only an administrator can read, once for each request")
    func arc() async throws {
        let path = "/metadata/arc/token?api-version=2020-06-01&resource=https://vault.azure.net"
        try await PlayedStage.run { stage async throws in
            #expect(try await stage.send(.get, path, Self.fields).status == 404)
        }
        try await withTemporaryDirectory { directory in
            var document = StageDocument.example
            document.arcDirectory = directory
            try await PlayedStage.run(document) { stage in
                let challenge = try await stage.send(.get, path, Self.fields)
                #expect(challenge.status == 401)
                let realm = challenge.fields["WWW-Authenticate"] ?? ""
                let file = String(realm.dropFirst("Basic realm=".count))
                #expect(file.hasPrefix(directory + "/") && file.hasSuffix(".key"))
                let key = String(decoding: try Files.contents(of: file), as: UTF8.self)
                var fields = Self.fields
                fields["Authorization"] = "Basic \(key)"
                #expect(try await stage.send(.get, path, fields).status == 200)
                #expect(try await stage.send(.get, path, fields).status == 401)
            }
        }
    }
}
