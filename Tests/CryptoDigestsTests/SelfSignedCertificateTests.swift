import CryptoDigests
import Diagnostics
import Testing

@Suite("A self-signed certificate")
struct SelfSignedCertificateTests {
    private static let now = 1_710_495_000
    private static let year = 365 * 24 * 3600
    private static let hosts = ["blobs.example", "localhost", "127.0.0.1", "::1"]

    private func isGood(
        _ certificate: [UInt8], _ hosts: [String] = hosts, from: Int = now, until: Int = now + 10
    ) -> Bool {
        SelfSignedCertificate.isGood(certificate, for: hosts, from: from, until: until)
    }

    @Test("is good for its hosts and its time, and for no others")
    func facts() throws {
        let made = try SelfSignedCertificate.make(
            hosts: Self.hosts, from: Self.now - 60, until: Self.now + Self.year)
        #expect(isGood(made.certificate))
        #expect(isGood(made.certificate, until: Self.now + Self.year - 1))
        #expect(!isGood(made.certificate, until: Self.now + Self.year + 1))
        #expect(!isGood(made.certificate, from: Self.now - 61))
        for host in ["other.example", "x.localhost", "127.0.0.2", "::2"] {
            #expect(!isGood(made.certificate, [host]))
            #expect(!isGood(made.certificate, Self.hosts + [host]))
        }
    }

    @Test("has a key of its own, in PEM form and without a password")
    func key() throws {
        let made = try (0..<2).map { _ in
            try SelfSignedCertificate.make(hosts: ["localhost"], from: Self.now, until: Self.now + 10)
        }
        let keys = made.map { $0.key.reveal { String(decoding: $0, as: UTF8.self) } }
        #expect(keys.allSatisfy { $0.hasPrefix("-----BEGIN PRIVATE KEY-----\n") })
        #expect(keys[0] != keys[1] && made[0].certificate != made[1].certificate)
    }

    @Test("what is none is good for nothing", arguments: ["", "-----BEGIN CERTIFICATE-----\nAAAA\n", "x"])
    func nonsense(text: String) { #expect(!isGood(Array(text.utf8), ["localhost"])) }

    @Test("a host that cannot stand in one is an error with OpenSSL's words")
    func badHost() {
        #expect(throws: CertificateError.self) {
            try SelfSignedCertificate.make(hosts: ["1.2.3.4.5"], from: Self.now, until: Self.now + 10)
        }
    }
}
