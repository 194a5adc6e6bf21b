import AzureIdentity
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Subprocesses
import SystemCalls
import TestSupport
import Testing

@Suite("A service principal")
struct ServicePrincipalTests {
    private static let secret = "s3cr3t~of&the+app"
    private let application = ["AZURE_TENANT_ID": "tenant-1", "AZURE_CLIENT_ID": "client-1"]

    private func chain(_ more: [String: String], _ services: IdentityServices) throws -> IdentityChain {
        try IdentitySettings.test(application.merging(more) { $1 }).chain(services).0
    }

    private func withSecret(_ services: IdentityServices) throws -> IdentityChain {
        try chain(["AZURE_CLIENT_SECRET": Self.secret], services)
    }

    @Test(
        "shows its secret to its tenant's door, and asks for the service that is meant",
        arguments: TokenAudience.allCases)
    func secret(audience: TokenAudience) async throws {
        let stage = try TokenStage { _, _ in .token("t-1") }
        let time = ServiceClock()
        let chain = try withSecret(stage.services(time: time))
        let token = try await chain.issue(for: audience)
        #expect(token.shown == "t-1")
        #expect(token.expires == time.now.addingTimeInterval(3600))
        #expect(chain.place == .clientSecret)
        #expect(stage.requests.count == 1)
        #expect(stage.requests[0].line == "POST /tenant-1/oauth2/v2.0/token HTTP/1.1")
        #expect(stage.requests[0].header("Content-Type") == "application/x-www-form-urlencoded")
        let scope = [
            TokenAudience.storage: "https://storage.azure.com/.default",
            .management: "https://management.azure.com/.default", .vault: "https://vault.azure.net/.default",
            .postgres: "https://ossrdbms-aad.database.windows.net/.default",
        ]
        let expected: HTTPQuery = [
            "grant_type": "client_credentials", "client_id": "client-1", "client_secret": Self.secret,
            "scope": scope[audience] ?? "",
        ]
        #expect(stage.form(0) == expected)
    }

    @Test(
        "that is refused says why and what to do, and not its secret",
        arguments: [
            (7_000_215, "the client secret is wrong", "AZURE_CLIENT_SECRET"), (7_000_222, "has expired", "reset"),
            (90002, "no such tenant", "AZURE_TENANT_ID"), (700_016, "no such application", "AZURE_CLIENT_ID"),
            (500_011, "does not know the service", "--cloud"), (999_999, "AADSTS999999", "sign-in logs"),
        ])
    func refused(number: Int, meaning: String, hint: String) async throws {
        let stage = try TokenStage { _, _ in .refusal(number, "It was \(Self.secret).", status: 401) }
        let error = await #expect(throws: IdentityError.self) {
            try await withSecret(stage.services()).issue(for: .storage)
        }
        let said = try Explanation(#require(error))
        #expect(error?.kind == .refused)
        #expect(error?.signInCode == SignInCode(number))
        #expect(said.exitCode == .notPermitted)
        #expect(said.text.contains(meaning), "\(said.text)")
        #expect(said.remedies.contains { $0.contains(hint) }, "\(said.text)")
        #expect(!said.text.contains(Self.secret) && said.text.contains("(secret)") && !said.text.contains("Trace"))
        #expect(stage.requests.count == 1)
    }

    @Test("waits as long as a busy authority asks, and then as it sees fit")
    func throttled() async throws {
        let stage = try TokenStage { _, before in
            switch before {
            case 0: .init(status: 429, headers: ["Retry-After: 7"], body: "")
            case 1: .init(status: 503, body: "busy")
            case 2: .init(status: 400, body: #"{"error":"temporarily_unavailable"}"#)
            default: .token("t-1")
            }
        }
        let clock = TestClock()
        let token = try await withSecret(stage.services(clock: clock)).issue(for: .storage)
        #expect(token.shown == "t-1")
        #expect(clock.sleeps == [.seconds(7), .seconds(2), .seconds(4)])
    }

    @Test("gives up on an authority that stays busy, or asks for an hour", arguments: [("", 5), ("3600", 1)])
    func alwaysThrottled(wait: String, requests: Int) async throws {
        let headers = wait.isEmpty ? [] : ["Retry-After: \(wait)"]
        let stage = try TokenStage { _, _ in .init(status: 429, headers: headers, body: "") }
        let error = await #expect(throws: IdentityError.self) {
            try await withSecret(stage.services()).issue(for: .storage)
        }
        #expect(error?.kind == .throttled)
        #expect(error?.exitCode == .unreachable)
        #expect(stage.requests.count == requests)
    }

    @Test("says that its authority cannot be reached")
    func unreachable() async throws {
        var cloud = Cloud.public
        cloud.authority = try #require(HTTPURL("http://127.0.0.1:1"))
        let clock = TestClock()
        let error = await #expect(throws: IdentityError.self) {
            try await withSecret(.test(cloud: cloud, clock: clock)).issue(for: .storage)
        }
        #expect(error?.kind == .unreachable)
        #expect(error?.exitCode == .unreachable)
        #expect(clock.sleeps.count == 2)
    }

    @Test(
        "takes nothing else for a token",
        arguments: [
            "", "<html>", "{}", #"{"access_token":"t"}"#, #"{"access_token":"","expires_in":1}"#,
            #"{"access_token":"a b","expires_in":1}"#, #"{"access_token":"a\r\nX: y","expires_in":1}"#,
            #"{"access_token":"t","expires_in":-1}"#, #"{"access_token":"t","expires_in":1e300}"#,
            #"{"access_token":"t","expires_in":"soon"}"#, #"{"access_token":7,"expires_in":1}"#,
        ])
    func malformed(body: String) async throws {
        let stage = try TokenStage { _, _ in .init(body: body) }
        let error = await #expect(throws: IdentityError.self) {
            try await withSecret(stage.services()).issue(for: .storage)
        }
        #expect(error?.kind == .malformedAnswer)
    }

    @Test("shows no secret to an authority over plain HTTP on a network")
    func insecure() async throws {
        var cloud = Cloud.public
        cloud.authority = try #require(HTTPURL("http://192.0.2.1"))
        let error = await #expect(throws: IdentityError.self) {
            try await withSecret(.test(cloud: cloud)).issue(for: .storage)
        }
        #expect(error?.kind == .insecure)
    }

    @Test(
        "with settings that cannot be is an error that names the variable",
        arguments: [
            ("AZURE_TENANT_ID", ""), ("AZURE_CLIENT_ID", ""), ("AZURE_TENANT_ID", "a/../b"), ("AZURE_TENANT_ID", "-t"),
            ("AZURE_CLIENT_ID", "a&b"),
        ])
    func settings(variable: String, value: String) throws {
        let error = #expect(throws: CredentialError.self) {
            try chain(["AZURE_CLIENT_SECRET": Self.secret, variable: value], .test())
        }
        #expect(error?.kind == .malformedIdentity)
        #expect(error?.place == variable)
        #expect(error?.exitCode == .wrongUsage)
    }

    @Test("with a certificate shows a short-lived token that only its key can have signed", arguments: [false, true])
    func certificate(sendsChain: Bool) async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            let path = try await Self.makeCertificate(in: directory)
            let stage = try TokenStage { _, _ in .token("t-1") }
            let time = ServiceClock()
            let chain = try chain(
                [
                    "AZURE_CLIENT_CERTIFICATE_PATH": path, "AZURE_CLIENT_CERTIFICATE_PASSWORD": "of the file",
                    "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": sendsChain ? "true" : "",
                ], stage.services(time: time))
            _ = try await chain.issue(for: .storage)
            let form = stage.form(0)
            #expect(form["client_secret"] == nil)
            #expect(form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            let token = try JSONWebToken(form["client_assertion"] ?? "")
            let key = try CertifiedKey(
                file: Secret(Files.contents(of: path)), password: Secret("of the file"))
            #expect(token.isSigned(by: key.key.publicKey))
            #expect(token.header.algorithm == "PS256")
            #expect(token.header.sha256Thumbprint == Base64.encodeURL(key.certificate.sha256Thumbprint))
            #expect(token.header.sha1Thumbprint == Base64.encodeURL(key.certificate.sha1Thumbprint))
            #expect(token.header.certificates == (sendsChain ? [Base64.encode(key.certificate.der)] : nil))
            #expect(token.claims.issuer == "client-1" && token.claims.subject == "client-1")
            #expect(token.claims.audiences == ["\(stage.url)/tenant-1/oauth2/v2.0/token"])
            let life = try #require(token.claims.expires).timeIntervalSince(time.now)
            #expect(life > 0 && life <= 600)
            #expect(token.claims.id?.isEmpty == false)
        }
    }

    @Test("with a certificate file that is none, or has another password, says which variable names it")
    func badCertificate() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            let path = try await Self.makeCertificate(in: directory)
            try Files.replace("\(directory)/none", with: [1, 2, 3])
            for (path, password) in [(path, "other"), ("\(directory)/none", ""), ("\(directory)/missing", "")] {
                let chain = try chain(
                    ["AZURE_CLIENT_CERTIFICATE_PATH": path, "AZURE_CLIENT_CERTIFICATE_PASSWORD": password], .test())
                let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
                #expect(error?.kind == .fileUnusable)
                #expect(error?.detail == "AZURE_CLIENT_CERTIFICATE_PATH")
                #expect(error?.cause != nil)
            }
        }
    }

    /// A PKCS#12 file with the password "of the file".
    private static func makeCertificate(in directory: String) async throws -> String {
        let (key, certificate) = ("\(directory)/k.pem", "\(directory)/c.pem")
        for arguments in [
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=app", "-keyout", key,
                "-out", certificate,
            ],
            [
                "pkcs12", "-export", "-inkey", key, "-in", certificate, "-out", "\(directory)/app.pfx", "-passout",
                "pass:of the file",
            ],
        ] {
            let (_, status) = try await TestCertificate.openssl(arguments)
            try #require(status.isSuccess)
        }
        return "\(directory)/app.pfx"
    }
}

@Suite("A workload identity")
struct WorkloadIdentityTests {
    private func chain(_ path: String, _ services: IdentityServices) throws -> IdentityChain {
        try IdentitySettings.test([
            "AZURE_TENANT_ID": "tenant-1", "AZURE_CLIENT_ID": "client-1", "AZURE_FEDERATED_TOKEN_FILE": path,
        ]).chain(services).0
    }

    @Test("shows the token of its file, which is read anew each time")
    func rotation() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            let stage = try TokenStage { _, before in .token("t-\(before)") }
            let chain = try chain("\(directory)/token", stage.services())
            for text in ["federated.one", "federated.two\n"] {
                try Files.replace("\(directory)/token", with: Array(text.utf8))
                _ = try await chain.issue(for: .storage)
            }
            #expect((0..<2).map { stage.form($0)["client_assertion"] } == ["federated.one", "federated.two"])
            #expect(stage.form(1)["client_id"] == "client-1")
        }
    }

    @Test("that nobody trusts says what to compare, and not the token")
    func untrusted() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            try Files.replace("\(directory)/token", with: Array("federated.one".utf8))
            let stage = try TokenStage { _, _ in .refusal(700_213, "Not federated.one") }
            let chain = try chain("\(directory)/token", stage.services())
            let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
            let said = try Explanation(#require(error)).text
            #expect(said.contains("trusts no subject") && said.contains("Compare") && !said.contains("federated.one"))
        }
    }

    @Test("without its file, or with something else in it, says which variable names it", arguments: [nil, "", "a b"])
    func badFile(text: String?) async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            if let text { try Files.replace("\(directory)/token", with: Array(text.utf8)) }
            let chain = try chain("\(directory)/token", .test())
            let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
            #expect(error?.kind == .fileUnusable)
            #expect(error?.detail.contains("AZURE_FEDERATED_TOKEN_FILE") == true)
        }
    }
}
