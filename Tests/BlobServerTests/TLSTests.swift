import AzureBlobs
import AzureIdentity
import BlobServer
import BlobStorage
import Diagnostics
import HTTPListener
import HTTPMessages
import HTTPTransport
import SystemCalls
import TestSupport
import Testing

@Suite("The server over TLS", .timeLimit(.minutes(5)))
struct TLSTests {
    private func get(_ scheme: String, _ port: Int, _ target: String, authorities: String?) async throws -> HTTPResponse
    {
        let url = try #require(HTTPURL("\(scheme)://127.0.0.1:\(port)\(TestService.path)\(target)"))
        let client = CurlClient(width: 1, settings: TransportSettings(certificateAuthorities: authorities))
        return try await client.send(HTTPRequest(.get, url, fields: ["x-ms-version": "2021-12-02"]))
    }

    /// A token for the blob `box/a` that may be used over TLS only.
    private func token(_ service: TestService) throws -> String {
        var fields = SASFields()
        fields["sp"] = "r"
        fields["sv"] = "2021-12-02"
        fields["sr"] = "b"
        fields["se"] = "2024-03-15T10:00:00Z"
        fields["spr"] = "https"
        let blob = SASResource(account: "devstoreaccount1", container: "box", blob: "a", snapshot: "")
        return try #require(SASToken.signing(fields, for: blob, with: service.key)).reveal(\.encoded)
    }

    @Test("a token for https only opens a blob over TLS, and over nothing else")
    func secureToken() async throws {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            try await TestService.run(identity: made.identity) { service in
                _ = try await service.box.put(bytes.span, to: BlobName("a"), attributes: BlobAttributes(), if: .always)
                let answer = try await get(
                    "https", service.port, "/box/a?\(token(service))", authorities: made.certificatePath)
                #expect(answer.status == 200)
                #expect(answer.body.elementsEqual(bytes))
            }
            try await TestService.run { service in
                let answer = try await get("http", service.port, "/box/a?\(token(service))", authorities: nil)
                #expect(answer.status == 403)
            }
        }
    }

    @Test("a client that does not know the authority refuses the server")
    func unknownAuthority() async throws {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            let other = try await TestCertificate.make(in: directory, name: "other")
            try await TestService.run(identity: made.identity) { service in
                let failure = await #expect(throws: HTTPFailure.self) {
                    try await get("https", service.port, "/", authorities: other.certificatePath)
                }
                #expect(failure?.kind == .untrusted)
            }
        }
    }

    @Test("listings name addresses with https")
    func endpoint() async throws {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            try await TestService.run(identity: made.identity) { service in
                let url = try #require(HTTPURL("https://127.0.0.1:\(service.port)\(TestService.path)/?comp=list"))
                var request = HTTPRequest(.get, url, fields: ["x-ms-version": "2021-12-02"])
                service.key.sign(&request, contentLength: 0, now: TestService.now)
                let settings = TransportSettings(certificateAuthorities: made.certificatePath)
                let answer = try await CurlClient(width: 1, settings: settings).send(request)
                #expect(answer.status == 200)
                #expect(answer.text.contains("ServiceEndpoint=\"https://127.0.0.1:\(service.port)"))
            }
        }
    }

    @Test("versions before TLS 1.2 are refused", arguments: [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)])
    func versions(version: String, isSpoken: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            try await TestService.run(identity: made.identity) { service in
                let (full, _) = try await TestCertificate.openssl([
                    "s_client", "-connect", "127.0.0.1:\(service.port)", "-CAfile", made.certificatePath, version,
                    "-cipher", "DEFAULT@SECLEVEL=0",
                ])
                #expect(full.contains("Cipher is (NONE)") != isSpoken)
                #expect(full.contains("Verify return code: 0 (ok)") || !isSpoken)
            }
        }
    }

    @Test("a key of another certificate is one clear error")
    func mismatch() async throws {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            let other = try await TestCertificate.make(in: directory, name: "other")
            let identity = try TLSIdentity(certificate: made.certificate, key: Secret(other.key))
            let error = await #expect(throws: ListenerError.self) {
                try await TestService.run(identity: identity) { _ in }
            }
            #expect(error?.kind == .identityRefused)
            #expect(error?.exitCode == .wrongUsage)
        }
    }

    @Test("what is no certificate or no plain key is refused at once")
    func otherFiles() async throws {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            let (certificate, key) = (try made.certificate, try made.key)
            let encrypted = Array("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n".utf8)
            let wrong: [(certificate: [UInt8], key: [UInt8], kind: ListenerError.Kind)] = [
                (key, key, .badCertificate), ([], key, .badCertificate), (certificate + [0], key, .badCertificate),
                (certificate, certificate, .badKey), (certificate, [], .badKey), (certificate, encrypted, .badKey),
            ]
            for (certificate, key, kind) in wrong {
                let error = #expect(throws: ListenerError.self) {
                    try TLSIdentity(certificate: certificate, key: Secret(key))
                }
                #expect(error?.kind == kind)
            }
        }
    }

    @Test("a client that speaks plain HTTP gets no answer")
    func plain() async throws {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            try await TestService.run(identity: made.identity) { service in
                let connection = try RawConnection(port: service.port)
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                let answer = try await connection.rest()
                #expect(!String(decoding: answer, as: UTF8.self).hasPrefix("HTTP"))
            }
        }
    }
}
