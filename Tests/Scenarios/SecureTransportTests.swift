import SystemCalls
import TestSupport
import Testing

@Suite("Secure connections", .serialized, .timeLimit(.minutes(3)))
struct SecureTransportTests {
    /// A host name that exists for nobody but the proxy of a test.
    private static let host = "devstoreaccount1.blob.storage.test"

    /// Serves over TLS with a certificate for loopback and ``host``; `body` gets the certificate, too.
    private func served(
        names: [String] = ["localhost", SecureTransportTests.host],
        _ body: (StoreServer, TestCertificate, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory(inMemory: true) { root in
            let made = try await TestCertificate.make(in: root, names: names)
            let words = ["--tls-certificate", made.certificatePath, "--tls-key", made.keyPath]
            try await StoreServer.during(directory: root + "/store", words: words) { server in
                try await body(server, made, root)
            }
        }
    }

    @Test("a stream goes up and comes down when --ca-file names the authority")
    func trusted() async throws {
        try await served { server, made, _ in
            #expect(server.account.hasPrefix("https://"))
            let location = server.account + "/backups/x"
            let options = ["--ca-file", made.certificatePath]
            let bytes = [UInt8](repeating: 7, count: 20 << 20)
            try await Penstock().run(["upload", location, "--create-container"] + options, input: bytes).expecting()
            #expect(try await Penstock().run(["download", location] + options).expecting().output == bytes)
        }
    }

    @Test("an authority that is not trusted is said at once, with the way out")
    func untrusted() async throws {
        try await served { server, _, root in
            let other = try await TestCertificate.make(in: root, name: "other")
            let list = ["container", "list", server.account]
            for words in [list, list + ["--ca-file", other.certificatePath]] {
                let start = ContinuousClock.now
                try await Penstock().run(words).expectingRefusal(13, saying: "not trusted", hint: "--ca-file")
                #expect(ContinuousClock.now - start < .seconds(4))
            }
            try Files.open(root + "/empty.pem", .create).write(Array("no certificate\n".utf8).span)
            try await Penstock().run(list + ["--ca-file", root + "/empty.pem"])
                .expectingRefusal(13, saying: "authorities", hint: "PEM")
        }
    }

    @Test("a certificate for another host is said at once")
    func wrongName() async throws {
        try await served(names: ["elsewhere.test"]) { server, made, _ in
            let account = server.account.replacing("127.0.0.1", with: "localhost")
            try await Penstock().run(["container", "list", account, "--ca-file", made.certificatePath])
                .expectingRefusal(13, saying: "another host", "localhost", hint: "host name")
        }
    }

    @Test(
        "TLS 1.2 and 1.3 are spoken, 1.1 is refused",
        arguments: [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)])
    func versions(version: String, isSpoken: Bool) async throws {
        try await withTemporaryDirectory { root in
            let made = try await TestCertificate.make(in: root)
            let words = [
                "s_server", "-accept", "127.0.0.1:0", "-cert", made.certificatePath, "-key", made.keyPath, "-www",
                version, "-cipher", "DEFAULT@SECLEVEL=0",
            ]
            let server = Penstock(executable: "/usr/bin/openssl")
            try await server.during(words) { running in
                var line = ""
                while !line.hasPrefix("ACCEPT") { line = try await running.firstLine() }
                let port = try #require(line.split(separator: ":").last)
                let finished = try await Penstock().run(
                    "container", "list", "https://127.0.0.1:\(port)/devstoreaccount1", "--ca-file",
                    made.certificatePath, "--retry-for", "1")
                if isSpoken {
                    // It answers with a page of its own, which is no list; the connection came about.
                    #expect(finished.errors.contains("makes no sense"), "\(finished.errors)")
                } else {
                    finished.expectingRefusal(13, saying: "no secure connection", hint: "TLS 1.2")
                }
            }
        }
    }

    @Test("the proxy of the environment is used, unless NO_PROXY names the host")
    func proxy() async throws {
        try await served { server, made, _ in
            let port = try #require(Int(server.port))
            // Leads every host to the store.
            let proxy = try ScriptedServer { connection in
                guard let request = try connection.request() else { return }
                guard request.line.hasPrefix("CONNECT \(Self.host):443 ") else { return try connection.answer(403) }
                try connection.send("HTTP/1.1 200 Connection established\r\n\r\n")
                try connection.relay(toPort: port)
            }
            var penstock = Penstock()
            penstock.environment["HTTPS_PROXY"] = "http://user:\(Secrets.wrongPassword)@127.0.0.1:\(proxy.port)"
            penstock.environment["AZURE_STORAGE_CONNECTION_STRING"] = "UseDevelopmentStorage=true"
            let location = "https://\(Self.host)/backups/x"
            let options = ["--ca-file", made.certificatePath, "--retry-for", "2"]
            let bytes = [UInt8](repeating: 9, count: 3 << 20)
            try await penstock.run(["upload", location, "--create-container"] + options, input: bytes).expecting()
            #expect(try await penstock.run(["download", location] + options).expecting().output == bytes)
            let used = proxy.connections
            #expect(used > 0)

            try await penstock.run(["blob", "list", "https://elsewhere.blob.storage.test/c"] + options)
                .expectingRefusal(12, saying: "credential")
            var direct = penstock
            direct.environment["NO_PROXY"] = "other.test,.storage.test"
            try await direct.run(["download", location] + options)
                .expectingRefusal(13, saying: Self.host, "resolved", hint: "DNS")
            #expect(proxy.connections == used)
        }
    }

    @Test("a proxy that refuses, or is not there, is named without its password")
    func refusingProxy() async throws {
        let proxy = try ScriptedServer { connection in
            while try connection.request() != nil { try connection.answer(407) }
        }
        for (port, word) in [(proxy.port, "407"), (1, "proxy")] {
            var penstock = Penstock()
            penstock.environment["https_proxy"] = "http://user:\(Secrets.wrongPassword)@127.0.0.1:\(port)"
            penstock.environment["AZURE_STORAGE_CONNECTION_STRING"] = "UseDevelopmentStorage=true"
            try await penstock.run("blob", "list", "https://\(Self.host)/backups", "--retry-for", "2", "--verbose")
                .expectingRefusal(13, saying: "proxy http://127.0.0.1:\(port)", word, hint: "NO_PROXY")
        }
    }
}
