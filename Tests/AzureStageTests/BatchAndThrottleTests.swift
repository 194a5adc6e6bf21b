import HTTPMessages
import TestSupport
import Testing

@Suite("Batches, and being told to wait")
struct BatchAndThrottleTests {
    @Test("each part shows a token of its own, and is judged by its own")
    func parts() async throws {
        try await PlayedStage.run { stage in
            let backup = try await stage.token("backup", for: PlayedStage.storage)
            let reader = try await stage.token("reader", for: PlayedStage.storage)
            for name in ["a", "b", "c"] {
                #expect(try await stage.blob(.put, "/contosobackups/box/\(name)", backup, body: [1]).status == 201)
            }
            var text = ""
            for (name, token) in [("a", backup), ("b", reader), ("c", "")] {
                text += "--x\r\nContent-Type: application/http\r\n\r\n"
                text += "DELETE /contosobackups/box/\(name) HTTP/1.1\r\nx-ms-version: 2023-11-03\r\n"
                if !token.isEmpty { text += "Authorization: Bearer \(token)\r\n" }
                text += "Content-Length: 0\r\n\r\n"
            }
            let answer = try await stage.blob(
                .post, "/contosobackups/?comp=batch", backup, ["Content-Type": "multipart/mixed; boundary=x"],
                body: Array((text + "--x--\r\n").utf8))
            #expect(answer.status == 202)
            let statuses = answer.text.split(separator: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(statuses == ["202", "403", "401"])
            #expect(try await stage.blob(.head, "/contosobackups/box/a", reader).status == 404)
            #expect(try await stage.blob(.head, "/contosobackups/box/b", reader).status == 200)
        }
    }

    @Test("each service refuses as many requests as it was told to", arguments: ["metadata", "management", "vaults"])
    func throttled(service: String) async throws {
        try await PlayedStage.run { stage in
            let paths = [
                "metadata": "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net",
                "management": "/subscriptions?api-version=2022-12-01",
                "vaults": "/vaults/contoso-vault/secrets/postgres?api-version=7.4",
            ]
            let resource = service == "vaults" ? PlayedStage.vaults : PlayedStage.management
            let token = try await stage.token(for: resource)
            let fields: HTTPFields = ["Metadata": "true", "Authorization": "Bearer \(token)"]
            _ = try await stage.json(.patch, "/stage", nil, #"{"throttled": {"\#(service)": 1}}"#)
            let refused = try await stage.send(.get, paths[service] ?? "", fields)
            #expect(refused.status == 429)
            #expect(refused.fields["Retry-After"] == "1")
            #expect(try await stage.send(.get, paths[service] ?? "", fields).status == 200)
        }
    }
}
