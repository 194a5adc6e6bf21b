import AzureIdentity
import AzureStage
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Subprocesses
import SystemCalls
import TestSupport
import Testing

@Suite("Certificates on the stage")
struct CertificateTests {
    /// Runs `body` with a stage whose first application has a certificate, and with the key to it.
    private static func run(_ body: (PlayedStage, CertifiedKey) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let (key, certificate) = (directory + "/key.pem", directory + "/certificate.pem")
            let (_, status) = try await TestCertificate.openssl([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=stage", "-keyout", key,
                "-out", certificate,
            ])
            try #require(status.isSuccess)
            let pem = try Files.contents(of: certificate)
            let pair = try CertifiedKey(file: Secret(try Files.contents(of: key) + pem))
            var document = StageDocument.example
            document.tenants[0].applications?[0].certificates = [String(decoding: pem, as: UTF8.self)]
            try await PlayedStage.run(document) { try await body($0, pair) }
        }
    }

    @Test("an assertion that the certificate's key signed is taken, for this endpoint and in its time")
    func assertion() async throws {
        try await Self.run { stage, pair in
            func exchange(
                _ audience: String, by key: RSAPrivateKey, _ algorithm: RSAAlgorithm = .ps256, age: Double = 0
            ) async throws -> HTTPResponse {
                var claims = TokenClaims()
                let client = PlayedStage.application("operator")
                (claims.issuer, claims.subject, claims.id) = (client, client, "x")
                claims.audiences = [audience]
                claims.notBefore = stage.clock.now.addingTimeInterval(-age)
                claims.expires = stage.clock.now.addingTimeInterval(600 - age)
                var header = JSONWebToken.Header(algorithm)
                header.sha256Thumbprint = Base64.encodeURL(pair.certificate.sha256Thumbprint)
                let text = try JSONWebToken.signing(claims, header: header, with: key).reveal { $0 }
                return try await stage.askForToken([
                    "grant_type": "client_credentials", "client_id": client,
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    "client_assertion": text, "scope": "https://vault.azure.net/.default",
                ])
            }
            let endpoint = "\(stage.base)/\(PlayedStage.contoso)/oauth2/v2.0/token"
            #expect(try await exchange(endpoint, by: pair.key).status == 200)
            #expect(try await exchange(endpoint, by: pair.key, .rs256).status == 200)
            let forged = try await exchange(endpoint, by: stage.key)
            #expect(forged.status == 401)
            #expect(forged.text.contains("AADSTS700027"))
            let other = try await exchange("\(stage.base)/\(PlayedStage.fabrikam)/oauth2/v2.0/token", by: pair.key)
            #expect(other.text.contains("AADSTS700023"))
            #expect(try await exchange(endpoint, by: pair.key, age: 3600).text.contains("AADSTS700024"))
        }
    }
}
