import AzureStage
import BlobServer
import BlobStorage
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Testing

@testable import HTTPListener

@Suite("From where the accounts of the stage are reached")
struct PeerTests {
    private static let now = Date(timeIntervalSince1970: 1_750_000_000)
    private static let key = Result { try RSAPrivateKey.generate() }

    /// Answers a request to list a container as if it came from that address.
    private static func list(
        from peer: String, over scheme: HTTPURL.Scheme, rules: String? = nil, host: String = "127.0.0.1:10000",
        showsToken: Bool = true
    ) async throws -> Reply {
        let stage = try AzureStage(
            .example, key: key.get(), log: .silent, clock: { now }, random: { .random(in: .min ... .max) })
        let account = MemoryAccount(clock: { now }, random: { .random(in: .min ... .max) })
        _ = try await account.create(ContainerName("box"), metadata: [:])
        let server = BlobServer(
            accounts: ["contosobackups": PublishedAccount(account, policy: stage.policy(of: "contosobackups"))],
            log: .silent, clock: { now }, random: { .random(in: .min ... .max) })
        func send(_ method: String, _ target: String, _ fields: HTTPFields, _ text: String = "") async -> Reply {
            var fields = fields
            if fields["Host"] == nil { fields["Host"] = host }
            let head = ListenerRequest(
                method: method, target: target, fields: fields,
                length: text.isEmpty ? .absent : .known(text.utf8.count), peer: peer, scheme: scheme)
            var body = RequestBody(Array(text.utf8), length: head.length)
            return AzureStage.serves(head)
                ? await stage.respond(to: head, body: &body) : await server.respond(to: head, body: &body)
        }
        func token(_ resource: String) async throws -> String {
            let form =
                "grant_type=client_credentials&client_id=\(PlayedStage.application("operator"))"
                + "&client_secret=stage-secret-of-contoso-operator&resource=\(resource)"
            let reply = await send("POST", "/contoso.example/oauth2/token", [:], form)
            guard case .bytes(let bytes) = reply.body else { return "" }
            return try #require(
                try HTTPResponse(status: reply.status, body: bytes).fields(of: "access_token"))
        }
        if let rules {
            let changed = await send(
                "PATCH", PlayedStage.account() + "?api-version=2023-05-01",
                ["Authorization": "Bearer \(try await token(PlayedStage.management))"], rules)
            try #require(changed.status == 200)
        }
        var fields: HTTPFields = ["x-ms-version": "2023-11-03"]
        if showsToken { fields["Authorization"] = "Bearer \(try await token(PlayedStage.storage))" }
        let path = host.contains(".blob.") ? "/box" : "/contosobackups/box"
        return await send("GET", path + "?restype=container&comp=list", fields)
    }

    @Test("tokens go over TLS, or do not leave the machine")
    func tokens() async throws {
        #expect(try await Self.list(from: "10.0.0.5", over: .https).status == 200)
        for peer in ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"] {
            #expect(try await Self.list(from: peer, over: .http).status == 200, "\(peer)")
        }
        for peer in ["10.0.0.5", "::ffff:10.0.0.5", "fe80::1", "1270.0.0.1", ""] {
            #expect(try await Self.list(from: peer, over: .http).status == 403, "\(peer)")
        }
    }

    @Test(
        "rules of the network are about the caller's address",
        arguments: [
            ("203.0.113.9", 200), ("::ffff:203.0.113.9", 200), ("203.0.114.9", 403), ("198.51.100.7", 200),
            ("198.51.100.8", 403), ("127.0.0.1", 403), ("fe80::1", 403), ("", 403), ("203.0.113.9:80", 403),
        ])
    func rules(peer: String, status: Int) async throws {
        let rules =
            #"{"properties": {"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.0/24"}, "#
            + #"{"value": "198.51.100.7"}, {"value": "nonsense"}, {"value": null}]}}}"#
        #expect(try await Self.list(from: peer, over: .https, rules: rules).status == status)
    }

    @Test("the challenge of an account's own host names the stage's")
    func hosted() async throws {
        let host = "contosobackups.blob.localhost:10000"
        #expect(try await Self.list(from: "127.0.0.1", over: .http, host: host).status == 200)
        let refused = try await Self.list(from: "127.0.0.1", over: .http, host: host, showsToken: false)
        #expect(refused.status == 401)
        let challenge = refused.fields["WWW-Authenticate"] ?? ""
        #expect(challenge.contains("authorization_uri=http://localhost:10000/\(PlayedStage.contoso)/oauth2/authorize "))
    }
}
