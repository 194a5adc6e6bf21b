import AzureIdentity
import CryptoDigests
import Diagnostics
import FoundationEssentials
import SystemCalls
import TestSupport
import Testing

@Suite("The sign-in of the Azure CLI")
struct AzureCLITests {
    /// Runs `body` with an identity whose `az` is a shell script.
    private func withScript(
        _ script: String, environment: [String: String] = [:], clock: any Clock<Duration> = ContinuousClock(),
        _ body: (IdentityChain, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/az"
            try Files.replace(path, with: Array("#!/bin/sh\n\(script)\n".utf8))
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
            let base = ["PATH": "/usr/bin:/bin", "HOME": directory, "AZURE_STORAGE_KEY": "k3y", "PGPASSWORD": "pw"]
            let settings = IdentitySettings.test(base.merging(environment) { $1 }, kind: .azureCLI, azureCLI: path)
            try await body(try settings.chain(.test(clock: clock)).0, directory)
        }
    }

    @Test("is asked for a token with plain arguments, and is given nothing that is not its own")
    func token() async throws {
        let script = """
            echo "$@" >"$HOME/arguments"; env >"$HOME/environment"
            echo '{"accessToken":"t-1","expiresOn":"2024-03-15 10:11:12.000000","expires_on":1710500000,"tenant":"t"}'
            """
        try await withScript(script, environment: ["AZURE_TENANT_ID": "tenant-1"]) { chain, directory in
            let token = try await chain.issue(for: .management)
            #expect(token.shown == "t-1")
            #expect(token.expires == Date(timeIntervalSince1970: 1_710_500_000))
            let arguments = String(decoding: try Files.contents(of: directory + "/arguments"), as: UTF8.self)
            #expect(
                arguments == "account get-access-token --output json --resource https://management.azure.com "
                    + "--tenant tenant-1\n")
            let environment = String(decoding: try Files.contents(of: directory + "/environment"), as: UTF8.self)
            #expect(
                environment.contains("HOME=") && !environment.contains("k3y") && !environment.contains("PGPASSWORD"))
        }
    }

    @Test("takes the end from the token where an old az says it in local time only")
    func localTime() async throws {
        var claims = TokenClaims()
        claims.expires = Date(timeIntervalSince1970: 1_710_500_000)
        let key = try RSAPrivateKey.generate()
        let text = try JSONWebToken.signing(claims, header: .init(.rs256), with: key).reveal { $0 }
        let script = #"echo '{"accessToken":"\#(text)","expiresOn":"2024-03-15 10:11:12.000000"}'"#
        try await withScript(script) { chain, _ in
            let token = try await chain.issue(for: .storage)
            #expect(token.expires == claims.expires)
        }
    }

    @Test("that nobody made is no identity")
    func signedOut() async throws {
        try await withScript("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1") { chain, _ in
            let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
            #expect(error?.kind == .unavailable)
            #expect(error?.detail.contains("az login") == true)
        }
    }

    @Test("that has expired says what to do")
    func expired() async throws {
        try await withScript("echo 'ERROR: AADSTS700082: The refresh token has expired' >&2; exit 1") { chain, _ in
            let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
            #expect(error?.kind == .unavailable)
            #expect(error?.remedy?.contains("az login") == true)
        }
    }

    @Test("is not waited for any longer than ten seconds")
    func hangs() async throws {
        let clock = TestClock()
        try await withScript("exec sleep 600", clock: clock) { chain, _ in
            let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
            #expect(error?.kind == .unavailable)
            #expect(clock.sleeps == [.seconds(10)])
        }
    }

    @Test(
        "is an error where az prints something else",
        arguments: ["", "{}", "[]", #"{"accessToken":"a b","expires_on":1}"#])
    func nonsense(text: String) async throws {
        try await withScript("echo '\(text)'") { chain, _ in
            let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
            #expect(error?.kind == .malformedAnswer)
        }
    }
}
