import CryptoDigests
import Diagnostics
import Subprocesses
import SystemCalls
import TestSupport
import Testing

@Suite("RSA keys")
struct RSAKeyTests {
    private static let message = Array("The water is let through the gate.".utf8)

    private func write(_ bytes: [UInt8], _ path: String) throws {
        try Files.replace(path, with: bytes)
    }

    private func openssl(_ arguments: [String]) async throws -> String {
        let (output, status) = try await TestCertificate.openssl(arguments)
        try #require(status.isSuccess, "openssl \(arguments.first ?? "")")
        return output
    }

    private func padding(_ algorithm: RSAAlgorithm) -> [String] {
        switch algorithm {
        case .rs256: []
        case .ps256: ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        }
    }

    /// Makes `NAME.key` and `NAME.pem` in a directory.
    private func certificate(in directory: String, _ name: String, key: String = "rsa:2048") async throws {
        _ = try await openssl([
            "req", "-x509", "-newkey", key, "-nodes", "-days", "2", "-subj", "/CN=\(name)",
            "-keyout", "\(directory)/\(name).key", "-out", "\(directory)/\(name).pem",
        ])
    }

    private func contents(_ path: String) throws -> Secret<[UInt8]> { Secret(try Files.contents(of: path)) }

    @Test("sign what openssl verifies, and verify what openssl signs", arguments: RSAAlgorithm.allCases)
    func secondOpinion(algorithm: RSAAlgorithm) async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            let key = try RSAPrivateKey.generate()
            try key.pem().reveal { try write($0, "\(directory)/key") }
            try write(Self.message, "\(directory)/message")
            try write(try key.sign(Self.message, algorithm), "\(directory)/ours")
            let verified = try await openssl(
                ["dgst", "-sha256", "-prverify", "\(directory)/key", "-signature", "\(directory)/ours"]
                    + padding(algorithm) + ["\(directory)/message"])
            #expect(verified.contains("Verified OK"))
            _ = try await openssl(
                ["dgst", "-sha256", "-sign", "\(directory)/key", "-out", "\(directory)/theirs"]
                    + padding(algorithm) + ["\(directory)/message"])
            let theirs = try Files.contents(of: "\(directory)/theirs")
            #expect(key.publicKey.verifies(theirs, of: Self.message, algorithm))
        }
    }

    @Test("verify nothing else", arguments: RSAAlgorithm.allCases)
    func refusals(algorithm: RSAAlgorithm) throws {
        let (key, other) = (try RSAPrivateKey.generate(), try RSAPrivateKey.generate())
        let signature = try key.sign(Self.message, algorithm)
        let foreign = RSAAlgorithm.allCases.first { $0 != algorithm }
        #expect(key.publicKey.verifies(signature, of: Self.message, algorithm))
        #expect(!other.publicKey.verifies(signature, of: Self.message, algorithm))
        #expect(!key.publicKey.verifies(signature, of: Self.message, try #require(foreign)))
        #expect(!key.publicKey.verifies(signature, of: Self.message + [0], algorithm))
        #expect(!key.publicKey.verifies(signature, of: [], algorithm))
        for broken in [[], [0], Array(signature.dropLast()), signature + [0], signature.map { ~$0 }] {
            #expect(!key.publicKey.verifies(broken, of: Self.message, algorithm))
        }
    }

    @Test("are published as two numbers, from which the public half comes back")
    func numbers() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            let key = try RSAPrivateKey.generate()
            #expect(key.publicKey.modulus.count == 256)
            #expect(key.publicKey.exponent == [1, 0, 1])
            try key.pem().reveal { try write($0, "\(directory)/key") }
            let shown = try await openssl(["rsa", "-in", "\(directory)/key", "-modulus", "-noout"])
            let modulus = key.publicKey.modulus.map { hex($0).uppercased() }.joined()
            #expect(shown == "Modulus=\(modulus)\n")
            let copy = try RSAPublicKey(modulus: [0] + key.publicKey.modulus, exponent: key.publicKey.exponent)
            #expect(copy.modulus == key.publicKey.modulus)
            #expect(copy.verifies(try key.sign(Self.message, .rs256), of: Self.message, .rs256))
        }
    }

    @Test(
        "that are no keys, or too short, are errors",
        arguments: [
            ([], [1, 0, 1]), ([UInt8](repeating: 0xFF, count: 127), [1, 0, 1]),
            ([UInt8](repeating: 0xFF, count: 256), []),
            ([UInt8](repeating: 0xFF, count: 1 << 20), [3]),
            ([UInt8](repeating: 0xFF, count: 256), [UInt8](repeating: 0xFF, count: 255)),
        ] as [([UInt8], [UInt8])])
    func unfit(modulus: [UInt8], exponent: [UInt8]) {
        #expect(throws: KeyError.self) { try RSAPublicKey(modulus: modulus, exponent: exponent) }
    }

    @Test("come with their certificate out of one text, in any order, with those that vouch for it")
    func pem() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await certificate(in: directory, "own")
            try await certificate(in: directory, "other")
            let (key, own) = (
                try Files.contents(of: "\(directory)/own.key"), try Files.contents(of: "\(directory)/own.pem")
            )
            let other = try Files.contents(of: "\(directory)/other.pem")
            for text in [key + own + other, other + own + key, own + key + other] {
                let read = try CertifiedKey(file: Secret(text))
                try await check(read, in: directory)
                #expect(read.authorities.count == 1)
                #expect(read.authorities.first?.der != read.certificate.der)
            }
            let mismatch = #expect(throws: KeyError.self) { try CertifiedKey(file: Secret(key + other)) }
            #expect(mismatch?.kind == .mismatch)
            let alone = #expect(throws: KeyError.self) { try CertifiedKey(file: Secret(key)) }
            #expect(alone?.kind == .noCertificate)
        }
    }

    @Test("come out of PKCS#12 and encrypted PEM with their password, and with no other")
    func passwords() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await certificate(in: directory, "own")
            _ = try await openssl([
                "pkcs12", "-export", "-inkey", "\(directory)/own.key", "-in", "\(directory)/own.pem",
                "-out", "\(directory)/own.pfx", "-passout", "pass:wäre it so",
            ])
            _ = try await openssl([
                "pkcs12", "-export", "-inkey", "\(directory)/own.key", "-in", "\(directory)/own.pem",
                "-out", "\(directory)/plain.pfx", "-passout", "pass:",
            ])
            _ = try await openssl([
                "pkcs8", "-topk8", "-in", "\(directory)/own.key", "-out", "\(directory)/locked.key",
                "-passout", "pass:wäre it so",
            ])
            let locked = Secret(
                try Files.contents(of: "\(directory)/locked.key") + Files.contents(of: "\(directory)/own.pem"))
            for file in [try contents("\(directory)/own.pfx"), locked] {
                try await check(try CertifiedKey(file: file, password: Secret("wäre it so")), in: directory)
                for wrong in [nil, "", "were it so"] {
                    let error = #expect(throws: KeyError.self) {
                        try CertifiedKey(file: file, password: wrong.map { Secret($0) })
                    }
                    #expect(error?.kind == .wrongPassword, "\(wrong ?? "none")")
                }
            }
            for password in [nil, Secret("")] {
                let file = try contents("\(directory)/plain.pfx")
                try await check(try CertifiedKey(file: file, password: password), in: directory)
            }
        }
    }

    /// Compares with what openssl says of `own.pem`.
    private func check(_ read: CertifiedKey, in directory: String) async throws {
        let signature = try read.key.sign(Self.message, .rs256)
        #expect(read.key.publicKey.verifies(signature, of: Self.message, .rs256))
        let pem = "\(directory)/own.pem"
        _ = try await openssl(["x509", "-in", pem, "-outform", "DER", "-out", "\(directory)/own.der"])
        #expect(read.certificate.der == (try Files.contents(of: "\(directory)/own.der")))
        for (name, thumbprint) in [
            ("-sha1", read.certificate.sha1Thumbprint), ("-sha256", read.certificate.sha256Thumbprint),
        ] {
            let shown = try await openssl(["x509", "-in", pem, "-noout", "-fingerprint", name])
            let ours = thumbprint.map { hex($0).uppercased() }.joined(separator: ":")
            #expect(shown.split(separator: "=").last == "\(ours)\n")
        }
    }

    @Test("of other kinds and sizes are refused")
    func otherKinds() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await certificate(in: directory, "short", key: "rsa:1024")
            _ = try await TestCertificate.make(in: directory, name: "curve")
            for name in ["short", "curve"] {
                let text =
                    try Files.contents(of: "\(directory)/\(name).key") + Files.contents(of: "\(directory)/\(name).pem")
                let error = #expect(throws: KeyError.self) { try CertifiedKey(file: Secret(text)) }
                #expect(error?.kind == .unfit)
                #expect(error?.exitCode == .wrongUsage)
            }
        }
    }

    @Test(
        "that are none are errors",
        arguments: [
            "", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "0", "0\u{1}\u{2}", "\0",
        ])
    func nonsense(text: String) {
        let error = #expect(throws: KeyError.self) { try CertifiedKey(file: Secret(Array(text.utf8))) }
        #expect(error?.kind == .malformed)
        #expect(error?.remedy != nil)
    }

    @Test("a file cut anywhere is an error, never a trap")
    func cut() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            try await certificate(in: directory, "own")
            _ = try await openssl([
                "pkcs12", "-export", "-inkey", "\(directory)/own.key", "-in", "\(directory)/own.pem",
                "-out", "\(directory)/own.pfx", "-passout", "pass:",
            ])
            let file = try Files.contents(of: "\(directory)/own.pfx")
            for count in stride(from: 0, to: file.count, by: 97) {
                #expect(throws: KeyError.self, "\(count) bytes") {
                    try CertifiedKey(file: Secret(Array(file.prefix(count))))
                }
            }
        }
    }

    private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}

@Suite("Base64 for URLs")
struct Base64URLTests {
    @Test(
        "has no padding and needs no escape",
        arguments: [([], ""), ([0xFB], "-w"), ([0xFF, 0xEF], "_-8"), ([1, 2, 3], "AQID")] as [([UInt8], String)])
    func vectors(bytes: [UInt8], text: String) {
        #expect(Base64.encodeURL(bytes) == text)
        #expect(Base64.decodeURL(text) == bytes)
    }

    @Test("is one text for each run of bytes", arguments: ["-w==", "-x", "+w", "/w", "A", "AQI D", "ä", "AQID\n"])
    func refusals(text: String) { #expect(Base64.decodeURL(text) == nil) }
}
