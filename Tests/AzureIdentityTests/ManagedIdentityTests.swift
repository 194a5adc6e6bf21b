import AzureIdentity
import Diagnostics
import FoundationEssentials
import HTTPMessages
import HTTPTransport
import SystemCalls
import TestSupport
import Testing

@Suite("A managed identity")
struct ManagedIdentityTests {
    private func machine(
        _ stage: TokenStage, _ identity: ManagedIdentityName? = nil, clock: any Clock<Duration> = TestClock(),
        time: ServiceClock = ServiceClock(), environment: [String: String] = [:]
    ) throws -> IdentityChain {
        let here = ["AZURE_POD_IDENTITY_AUTHORITY_HOST": "\(stage.url)"]
        return try IdentitySettings.test(
            here.merging(environment) { $1 }, kind: .managedIdentity, identity: identity
        ).chain(stage.services(clock: clock, time: time)).0
    }

    @Test(
        "of a machine is asked for by its name",
        arguments: [
            ("system", nil), ("client-2", "client_id=client-2"), ("object:o-1", "object_id=o-1"),
            ("/subscriptions/s/x", "msi_res_id=%2Fsubscriptions%2Fs%2Fx"),
        ])
    func names(text: String, parameter: String?) async throws {
        let stage = try TokenStage { _, _ in
            .init(body: #"{"access_token":"t-1","expires_in":"86399","expires_on":"1","token_type":"Bearer"}"#)
        }
        let time = ServiceClock()
        let name = try #require(ManagedIdentityName(text))
        let token = try await machine(stage, name, time: time).issue(for: .vault)
        #expect(token.shown == "t-1")
        #expect(token.expires == time.now.addingTimeInterval(86399))
        let request = stage.requests[0]
        let target = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"
        #expect(request.line == "GET \(target)\(parameter.map { "&" + $0 } ?? "") HTTP/1.1")
        #expect(request.header("Metadata") == "true")
    }

    @Test("is the one of AZURE_CLIENT_ID where none is named")
    func clientID() async throws {
        let stage = try TokenStage { _, _ in .token("t-1") }
        let environment = ["AZURE_CLIENT_ID": "client-3"]
        _ = try await machine(stage, environment: environment).issue(for: .storage)
        _ = try await machine(stage, .system, environment: environment).issue(for: .storage)
        #expect(stage.query(0)["client_id"] == "client-3")
        #expect(stage.query(1)["client_id"] == nil)
    }

    @Test("is waited for while the metadata service is renewed", arguments: [404, 410, 429, 500, 503])
    func retries(status: Int) async throws {
        let stage = try TokenStage { _, before in before < 3 ? .init(status: status, body: "{}") : .token("t-1") }
        let clock = TestClock()
        _ = try await machine(stage, clock: clock).issue(for: .storage)
        #expect(clock.sleeps == [.seconds(0), .seconds(1.6), .seconds(3.2)])
    }

    @Test("is given up after a while, and after 410 not before 70 seconds", arguments: [500, 410])
    func givenUp(status: Int) async throws {
        let stage = try TokenStage { _, _ in .init(status: status, body: "{}") }
        let clock = TestClock()
        let error = await #expect(throws: IdentityError.self) {
            try await machine(stage, clock: clock).issue(for: .storage)
        }
        #expect(error?.kind == .throttled)
        let waited = clock.sleeps.reduce(.zero, +)
        #expect(status == 410 ? waited >= .seconds(70) : waited < .seconds(30))
    }

    @Test("is found to be absent within seconds, whatever does not answer there")
    func absent() async throws {
        let closing = try ScriptedServer { _ in }
        for host in ["http://127.0.0.1:1", "http://127.0.0.1:\(closing.port)"] {
            let settings = IdentitySettings.test(
                ["AZURE_POD_IDENTITY_AUTHORITY_HOST": host], kind: .managedIdentity)
            let chain = try settings.chain(.test()).0
            let begin = ContinuousClock.now
            let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
            #expect(error?.kind == .unavailable)
            #expect(error?.exitCode == .notPermitted)
            #expect(begin.duration(to: .now) < .seconds(5))
        }
    }

    @Test(
        "is not there where something else answers",
        arguments: [
            (400, #"{"error":"invalid_request","error_description":"Identity not found"}"#, "Identity not found"),
            (404, "<html>", "404"), (403, "connecting to 169.254.169.254:80: unreachable", "403"), (403, "", "403"),
            (401, "Unauthorized", "401"),
        ])
    func somethingElse(status: Int, body: String, word: String) async throws {
        let headers = body.hasPrefix("<") ? ["Content-Type: text/html"] : []
        let stage = try TokenStage { _, _ in .init(status: status, headers: headers, body: body) }
        let clock = TestClock()
        let error = await #expect(throws: IdentityError.self) {
            try await machine(stage, clock: clock).issue(for: .storage)
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.detail.contains(word) == true, "\(error?.detail ?? "")")
        #expect(clock.sleeps.isEmpty)
    }

    @Test("of App Service shows the secret of its environment")
    func appService() async throws {
        let stage = try TokenStage { _, _ in .init(body: #"{"access_token":"t-1","expires_on":"1710500000"}"#) }
        let environment = ["IDENTITY_ENDPOINT": "\(stage.url)/msi/token", "IDENTITY_HEADER": "h3ader"]
        let settings = IdentitySettings.test(environment, identity: .resource("/r/1"))
        let token = try await settings.chain(stage.services()).0.issue(for: .storage)
        #expect(token.expires == Date(timeIntervalSince1970: 1_710_500_000))
        #expect(stage.requests[0].header("X-IDENTITY-HEADER") == "h3ader")
        #expect(
            stage.requests[0].line.hasPrefix("GET /msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fstorage"))
        #expect(stage.query(0)["mi_res_id"] == "/r/1")
    }

    @Test("of App Service shows that secret to nobody on a network")
    func appServiceElsewhere() async throws {
        let environment = ["IDENTITY_ENDPOINT": "http://192.0.2.1/", "IDENTITY_HEADER": "h3ader"]
        let chain = try IdentitySettings.test(environment).chain(.test()).0
        let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
        #expect(error?.kind == .insecure)
    }

    // MARK: Azure Arc

    private func arc(
        in directory: String, realm: @escaping @Sendable (String) -> String, identity: ManagedIdentityName? = nil,
        _ body: (IdentityChain, TokenStage) async throws -> Void
    ) async throws {
        let own = directory + "/tokens"
        try Files.makeDirectory(own)
        let stage = try TokenStage { request, _ in
            if request.header("Authorization") == "Basic pr00f" { return .token("t-1") }
            return .init(status: 401, headers: ["WWW-Authenticate: Basic realm=\(realm(own))"], body: "")
        }
        let environment = ["IDENTITY_ENDPOINT": "\(stage.url)/metadata/identity/oauth2/token", "IMDS_ENDPOINT": "x"]
        let settings = IdentitySettings.test(
            environment, kind: .managedIdentity, identity: identity, arcDirectory: own)
        try await body(try settings.chain(stage.services()).0, stage)
    }

    @Test("of Azure Arc proves that it may read a file of the agent's")
    func arc() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await arc(in: directory, realm: { $0 + "/a.key" }) { chain, stage in
                try Files.replace(directory + "/tokens/a.key", with: Array("pr00f".utf8))
                let token = try await chain.issue(for: .storage)
                #expect(token.shown == "t-1")
                #expect(stage.requests.count == 2)
                #expect(stage.requests[0].header("Authorization") == nil)
                #expect(stage.requests[0].line.contains("api-version=2020-06-01"))
            }
        }
    }

    @Test(
        "of Azure Arc reads no file that is not the agent's",
        arguments: ["/../secret.key", "/a.txt", "/.key", "/sub/a.key", "", "/link.key"])
    func arcElsewhere(name: String) async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await arc(in: directory, realm: { $0 + name }) { chain, stage in
                let secret = directory + "/secret.key"
                try Files.replace(secret, with: Array("pr00f".utf8))
                for other in ["/tokens/a.txt", "/tokens/.key"] {
                    try Files.replace(directory + other, with: Array("pr00f".utf8))
                }
                try link(directory + "/tokens/link.key", to: secret)
                let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
                #expect(error?.kind == (name == "/link.key" ? .fileUnusable : .challengeRefused))
                #expect(stage.requests.count == 1)
            }
        }
    }

    @Test("of Azure Arc reads no file of another directory by its whole path, and none that is too large")
    func arcLarge() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await arc(in: directory, realm: { _ in "/etc/passwd.key" }) { chain, _ in
                let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
                #expect(error?.kind == .challengeRefused)
            }
        }
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await arc(in: directory, realm: { $0 + "/a.key" }) { chain, stage in
                try Files.replace(directory + "/tokens/a.key", with: [UInt8](repeating: 65, count: 4097))
                let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
                #expect(error?.kind == .fileUnusable)
                #expect(stage.requests.count == 1)
            }
        }
    }

    @Test("of Azure Arc is the system's only")
    func arcAssigned() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await arc(in: directory, realm: { $0 + "/a.key" }, identity: .client("c")) { chain, stage in
                let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
                #expect(error?.kind == .unavailable)
                #expect(stage.requests.isEmpty)
            }
        }
    }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }
}
