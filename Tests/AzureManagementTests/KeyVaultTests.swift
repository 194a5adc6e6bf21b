import AzureIdentity
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Synchronization
import Testing

@testable import AzureManagement

@Suite("The address of a secret in Key Vault")
struct SecretIdentifierTests {
    @Test("is one of the cloud's vaults, a name, and perhaps a version")
    func good() throws {
        let plain = try SecretIdentifier("https://My-Vault.vault.azure.net/secrets/pg-Password", cloud: .public)
        #expect(plain.vault == "my-vault" && plain.name == "pg-Password" && plain.version == nil)
        let version = String(repeating: "0a", count: 16)
        let exact = try SecretIdentifier("https://v01.vault.azure.cn/secrets/n/\(version)", cloud: .china)
        #expect(exact.version == version)
        var stage = Cloud.public
        stage.vault = try #require(HTTPURL("http://vault.localhost:8080"))
        #expect(try SecretIdentifier("http://abc.vault.localhost:8080/secrets/n", cloud: stage).vault == "abc")
    }

    @Test(
        "is refused before anything is sent, where it is something else",
        arguments: [
            ("https://v01.vault.azure.cn/secrets/n", KeyVaultError.Kind.foreignHost),
            ("https://v01.vault.azure.net.evil.example/secrets/n", .foreignHost),
            ("https://evilvault.azure.net/secrets/n", .foreignHost),
            ("https://vault.azure.net/secrets/n", .foreignHost),
            ("https://a.b.vault.azure.net/secrets/n", .foreignHost),
            ("http://v01.vault.azure.net/secrets/n", .foreignHost),
            ("https://v01.vault.azure.net:444/secrets/n", .foreignHost), ("https://127.0.0.1/secrets/n", .foreignHost),
            ("https://v01.vault.azure.net/keys/n", .malformedIdentifier),
            ("https://v01.vault.azure.net/secrets/", .malformedIdentifier),
            ("https://v01.vault.azure.net/secrets/n/1", .malformedIdentifier),
            ("https://v01.vault.azure.net/secrets/n?x=1", .malformedIdentifier),
            ("https://v01.vault.azure.net/secrets/../keys", .malformedIdentifier), ("v01/n", .malformedIdentifier),
        ])
    func bad(text: String, kind: KeyVaultError.Kind) throws {
        let error = #expect(throws: KeyVaultError.self) { try SecretIdentifier(text, cloud: .public) }
        #expect(error?.kind == kind && error?.exitCode == .wrongUsage && error?.remedy != nil)
    }

    @Test("is refused over plain http but to this machine")
    func insecure() throws {
        var cloud = Cloud.public
        cloud.vault = try #require(HTTPURL("http://vault.example"))
        let error = #expect(throws: KeyVaultError.self) {
            try SecretIdentifier("http://abc.vault.example/secrets/n", cloud: cloud)
        }
        #expect(error?.kind == .insecure)
    }
}

@Suite("Reading a secret from Key Vault")
struct KeyVaultTests {
    private func read(_ vault: ScriptedVault, _ path: String = "n") async throws -> String {
        let identifier = try SecretIdentifier("https://v01.vault.azure.net/secrets/\(path)", cloud: .public)
        return try await vault.reader.secret(identifier).reveal { $0 }
    }

    @Test("asks the vault itself, and takes what is enabled and in its time")
    func value() async throws {
        let attributes = #""attributes":{"enabled":true,"nbf":999999,"exp":1000001,"recoveryLevel":"Purgeable"}"#
        let vault = ScriptedVault((200, #"{"value":"w0rd","id":"x",\#(attributes)}"#, [:]))
        #expect(try await read(vault) == "w0rd")
        #expect(vault.asked == ["https://v01.vault.azure.net/secrets/n?api-version=7.4"])
    }

    @Test(
        "does not use what is not to be used",
        arguments: [
            (#""enabled":false"#, KeyVaultError.Kind.disabled), (#""nbf":1000001"#, .notYetValid),
            (#""exp":1000000"#, .expired),
        ])
    func attributes(text: String, kind: KeyVaultError.Kind) async throws {
        let vault = ScriptedVault((200, #"{"value":"w0rd","attributes":{\#(text)}}"#, [:]))
        let error = await #expect(throws: KeyVaultError.self) { try await read(vault) }
        #expect(error?.kind == kind && error?.exitCode == .notPermitted)
        #expect(error.map { !Explanation($0).text.contains("w0rd") } == true)
    }

    @Test(
        "explains refusals",
        arguments: [
            (
                403, "Forbidden", "ForbiddenByRbac", KeyVaultError.Kind.notPermitted, ExitCode.notPermitted,
                "Secrets User"
            ),
            (403, "Forbidden", "ForbiddenByPolicy", .notPermitted, .notPermitted, "access policies"),
            (403, "Forbidden", "ForbiddenByFirewall", .firewall, .notPermitted, "network-rule"),
            (403, "Forbidden", "SecretDisabled", .disabled, .notPermitted, "--enabled true"),
            (403, "Forbidden", "AccessDenied", .notPermitted, .notPermitted, "whoami --for vault"),
            (404, "SecretNotFound", "", .notFound, .notFound, "secret list"),
            (400, "BadParameter", "", .refused, .failed, "explain"),
        ])
    func refusals(
        status: Int, code: String, inner: String, kind: KeyVaultError.Kind, exit: ExitCode, remedy: String
    ) async throws {
        let more = inner.isEmpty ? "" : #","innererror":{"code":"\#(inner)"}"#
        let vault = ScriptedVault((status, #"{"error":{"code":"\#(code)","message":"No."\#(more)}}"#, [:]))
        let error = await #expect(throws: KeyVaultError.self) { try await read(vault) }
        #expect(error?.kind == kind && error?.exitCode == exit)
        #expect(error?.serviceCode == (inner.isEmpty ? code : inner))
        let text = error.map { Explanation($0).text } ?? ""
        #expect(text.contains(remedy) && !text.contains("token-"), "\(text)")
        #expect(vault.asked.count == 1)
    }

    @Test("waits where it is asked to, and gives up in the end", arguments: [429, 503])
    func busy(status: Int) async throws {
        let vault = ScriptedVault((status, "", ["Retry-After": "7"]))
        let error = await #expect(throws: KeyVaultError.self) { try await read(vault) }
        #expect(error?.exitCode == .unreachable && vault.asked.count == 5)
        #expect(vault.slept == [.seconds(7), .seconds(7), .seconds(7), .seconds(8)])
    }

    @Test(
        "compares what the vault wants with what was shown, and never follows it",
        arguments: [
            ("https://vault.azure.net", KeyVaultError.Kind.notAuthenticated, 2),
            ("https://evil.example", .challengeRefused, 1), ("https://ault.azure.net", .challengeRefused, 1),
            ("https://storage.azure.com", .challengeRefused, 1),
        ])
    func challenge(resource: String, kind: KeyVaultError.Kind, requests: Int) async throws {
        let text = #"Bearer authorization="https://login.evil.example/t1", resource="\#(resource)""#
        let vault = ScriptedVault((401, "", ["WWW-Authenticate": text]))
        let error = await #expect(throws: KeyVaultError.self) { try await read(vault) }
        #expect(error?.kind == kind && error?.exitCode == .notPermitted)
        #expect(
            vault.asked.count == requests && vault.asked.allSatisfy { $0.hasPrefix("https://v01.vault.azure.net/") })
    }

    @Test("says which tenant's token is needed, and asks no second time")
    func tenant() async throws {
        let text =
            #"Bearer authorization="https://login.microsoftonline.com/tenant-b", resource="https://vault.azure.net""#
        let claims = Data(#"{"tid":"tenant-a"}"#.utf8).base64EncodedString().replacing("=", with: "")
        let vault = ScriptedVault((401, "", ["WWW-Authenticate": text]), token: "eyJhbGciOiJSUzI1NiJ9.\(claims).eA")
        let error = await #expect(throws: KeyVaultError.self) { try await read(vault) }
        #expect(error?.kind == .wrongTenant && error?.remedy?.contains("tenant-b") == true)
        #expect(vault.asked.count == 1)
    }

    @Test("refuses what makes no sense", arguments: ["", "[]", #"{"value":7}"#, "<html>"])
    func malformed(text: String) async throws {
        let error = await #expect(throws: KeyVaultError.self) { try await read(ScriptedVault((200, text, [:]))) }
        #expect(error?.kind == .malformedAnswer)
    }
}

/// A vault that always answers the same, the tokens for it, and a clock that only counts.
private final class ScriptedVault: HTTPClient, TokenSource {
    private let answer: (status: Int, body: String, fields: HTTPFields)
    private let token: String
    private let state = Mutex((asked: [String](), slept: [Duration]()))

    init(_ answer: (Int, String, HTTPFields), token: String = "token-1") {
        self.answer = answer
        self.token = token
    }

    var asked: [String] { state.withLock { $0.asked } }
    var slept: [Duration] { state.withLock { $0.slept } }

    var reader: KeyVault {
        KeyVault(
            client: self, tokens: self, now: { Date(timeIntervalSince1970: 1_000_000) },
            sleep: { duration in self.state.withLock { $0.slept.append(duration) } })
    }

    func token(for audience: TokenAudience, replacing rejected: AccessToken?) async throws -> AccessToken {
        #expect(audience == .vault)
        return AccessToken(token, expires: .distantFuture)
    }

    func send(_ request: HTTPRequest, body: Span<UInt8>, limit: Int) async throws -> HTTPResponse {
        #expect(request.fields["Authorization"] == "Bearer \(token)")
        state.withLock { $0.asked.append(request.url.description) }
        return HTTPResponse(status: answer.status, fields: answer.fields, body: Array(answer.body.utf8))
    }

    func receive(_ request: HTTPRequest, into buffer: inout OutputSpan<UInt8>) async throws -> HTTPResponse {
        HTTPResponse(status: 500)
    }
}
