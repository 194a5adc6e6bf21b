import HTTPMessages
import HTTPTransport
import SystemCalls
import TestSupport
import Testing

@Suite("The libcurl client")
struct CurlClientTests {
    private func url(_ server: ScriptedServer, _ target: String = "/") throws -> HTTPURL {
        try #require(HTTPURL("http://127.0.0.1:\(server.port)\(target)"))
    }

    /// A server that answers every request of a connection with its own words.
    private func echo() throws -> ScriptedServer {
        try ScriptedServer { connection in
            while let request = try connection.request() {
                let body =
                    request.lines.joined(separator: "\n") + "\n\n" + String(decoding: request.body, as: UTF8.self)
                try connection.answer(200, body)
            }
        }
    }

    private func failure(_ body: () async throws -> HTTPResponse) async throws -> HTTPFailure {
        do {
            let response = try await body()
            Issue.record("there was an answer: \(response.status)")
            return HTTPFailure(kind: .malformed, peer: "", detail: "")
        } catch {
            return try #require(error as? HTTPFailure)
        }
    }

    @Test("sends exactly the fields it is given, and the right length")
    func exactHeaders() async throws {
        let server = try echo()
        let client = CurlClient(width: 1)
        var request = HTTPRequest(.put, try url(server), fields: ["x-ms-a": "1", "X-Empty": "", "Content-Type": "a/b"])
        var response = try await client.send(request, body: Array("hello".utf8).span, limit: 1000)
        #expect(
            String(decoding: response.body, as: UTF8.self).split(separator: "\n").sorted() == [
                "Content-Length: 5", "Content-Type: a/b", "Host: 127.0.0.1:\(server.port)", "PUT / HTTP/1.1",
                "User-Agent: penstock", "X-Empty:", "hello", "x-ms-a: 1",
            ])
        request.fields = ["Content-Length": "99"]
        response = try await client.send(request)
        #expect(
            String(decoding: response.body, as: UTF8.self).split(separator: "\n").sorted() == [
                "Content-Length: 0", "Host: 127.0.0.1:\(server.port)", "PUT / HTTP/1.1", "User-Agent: penstock",
            ])
    }

    @Test("sends no length and no body where a method has none", arguments: [HTTPMethod.get, .delete, .options])
    func bodyless(method: HTTPMethod) async throws {
        let server = try echo()
        let response = try await CurlClient(width: 1).send(HTTPRequest(method, try url(server, "/a?b")))
        #expect(
            String(decoding: response.body, as: UTF8.self).split(separator: "\n").sorted()
                == [
                    "\(method.rawValue) /a?b HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "User-Agent: penstock",
                ].sorted())
    }

    @Test(
        "leaves the target as it was written",
        arguments: ["/a/../b/./c", "//a//b/", "/a%2fb%2Fc%7e", "/a+b%20c?d=%2B+&e=", "/%C3%A9/e%CC%81?", "/a'()*!~"])
    func target(target: String) async throws {
        let server = try echo()
        let response = try await CurlClient(width: 1).send(HTTPRequest(.get, try url(server, target)))
        let line = String(decoding: response.body, as: UTF8.self).split(separator: "\n").first
        #expect(line == "GET \(target.hasSuffix("?") ? String(target.dropLast()) : target) HTTP/1.1")
    }

    @Test("refuses a field that would begin another", arguments: ["a\r\nb: c", "a\nb", "a\u{0}b"])
    func injection(value: String) async throws {
        let server = try echo()
        let request = HTTPRequest(.get, try url(server), fields: ["x-ms-meta-a": value])
        #expect(try await failure { try await CurlClient(width: 1).send(request) }.kind == .malformed)
        #expect(server.requests == 0)
    }

    @Test("puts the body of a success into the buffer and that of an error into the answer")
    func receive() async throws {
        let server = try ScriptedServer { connection in
            while let request = try connection.request() {
                try connection.answer(
                    request.line.contains("missing") ? 404 : 206, headers: ["ETag: \"1\""], "0123456789")
            }
        }
        let client = CurlClient(width: 1)
        let bytes = try await [UInt8].filled(capacity: 20) { buffer in
            buffer.append(65)
            let found = try await client.receive(HTTPRequest(.get, try url(server)), into: &buffer)
            #expect(found.status == 206 && found.body.isEmpty && found.fields["etag"] == "\"1\"")
            let missing = try await client.receive(HTTPRequest(.get, try url(server, "/missing")), into: &buffer)
            #expect(missing.status == 404 && missing.body == Array("0123456789".utf8))
        }
        #expect(bytes == Array("A0123456789".utf8))
    }

    @Test("refuses a success larger than the buffer, and leaves the buffer alone")
    func tooLarge() async throws {
        let server = try ScriptedServer { connection in
            while try connection.request() != nil { try connection.answer(200, "0123456789") }
        }
        let client = CurlClient(width: 1)
        let bytes = try await [UInt8].filled(capacity: 9) { buffer in
            do {
                _ = try await client.receive(HTTPRequest(.get, try url(server)), into: &buffer)
                Issue.record("too large a body was taken")
            } catch let failure as HTTPFailure {
                #expect(failure.kind == .bodyTooLarge)
            }
        }
        #expect(bytes.isEmpty)
        #expect(
            try await failure { try await client.send(HTTPRequest(.get, try url(server)), limit: 9) }.kind
                == .bodyTooLarge)
        #expect(try await client.send(HTTPRequest(.get, try url(server)), limit: 10).body.count == 10)
    }

    @Test(
        "takes a conversation that ends early for broken",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234", "HTTP/1.1 200 OK\r\nContent-Le", "",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n",
        ])
    func shortBody(answer: String) async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.send(answer)
        }
        let client = CurlClient(width: 1)
        let bytes = try await [UInt8].filled(capacity: 100) { buffer in
            do {
                let response = try await client.receive(HTTPRequest(.get, try url(server)), into: &buffer)
                Issue.record("a broken answer was taken: \(response.status)")
            } catch let failure as HTTPFailure {
                #expect(failure.kind == .broken)
                #expect(failure.peer == "127.0.0.1:\(server.port)")
            }
        }
        #expect(bytes.isEmpty)
    }

    @Test("takes a reset for broken, while sending and while waiting")
    func reset() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.discard(10)
            connection.reset()
        }
        let body = [UInt8](repeating: 1, count: 8 << 20)
        let client = CurlClient(width: 1)
        #expect(
            try await failure { try await client.send(HTTPRequest(.put, try url(server)), body: body.span, limit: 10) }
                .kind == .broken)
        #expect(try await failure { try await client.send(HTTPRequest(.get, try url(server))) }.kind == .broken)
    }

    @Test("takes what is not HTTP for malformed, and headers without bounds", arguments: [0, 1, 3000])
    func malformed(fields: Int) async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            switch fields {
            case 0: try connection.send("SSH-2.0-OpenSSH_9.2\r\n")
            case 1: try connection.send("HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 400_000) + "\r\n\r\n")
            default:
                try connection.send("HTTP/1.1 200 OK\r\n")
                for index in 0..<fields {
                    try connection.send("X-\(index): " + String(repeating: "a", count: 100) + "\r\n")
                }
                try connection.send("\r\n")
            }
        }
        let kind = try await failure { try await CurlClient(width: 1).send(HTTPRequest(.get, try url(server))) }.kind
        #expect(kind == .malformed)
    }

    @Test(
        "ends when its task is cancelled, on a new connection and on a kept one", .timeLimit(.minutes(5)),
        arguments: [0, 1])
    func cancellation(answered: Int) async throws {
        let server = try ScriptedServer { connection in
            for _ in 0..<answered {
                _ = try connection.request()
                try connection.answer(200)
            }
            _ = try connection.request()
            try connection.waitForClose()
        }
        let client = CurlClient(width: 1, settings: TransportSettings(stallTimeout: .seconds(120)))
        let request = HTTPRequest(.get, try url(server))
        for _ in 0..<answered { _ = try await client.send(request) }
        let task = Task { try await client.send(request) }
        while server.requests <= answered { await Task.yield() }
        // If nothing woke it, it would wait longer than the test may last.
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
    }

    @Test("gives up when no byte moves for the stall time")
    func stall() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n012")
            try connection.waitForClose()
        }
        let settings = TransportSettings(stallTimeout: .milliseconds(200))
        let client = CurlClient(width: 1, settings: settings)
        #expect(try await failure { try await client.send(HTTPRequest(.get, try url(server))) }.kind == .timedOut)
    }

    @Test("says that nobody listens, and that a name is not known")
    func refused() async throws {
        let port = try { try ScriptedServer { _ in }.port }()
        let client = CurlClient(width: 1)
        let nobody = try #require(HTTPURL("http://127.0.0.1:\(port)/"))
        // The listener may still be closing: then the connection is accepted and dropped.
        #expect(
            [.refused, .broken].contains(try await failure { try await client.send(HTTPRequest(.get, nobody)) }.kind))
        let unknown = try #require(HTTPURL("http://no-such-host.invalid/"))
        #expect(try await failure { try await client.send(HTTPRequest(.get, unknown)) }.kind == .nameNotFound)
    }

    @Test("recovers from a failure of any kind, as from a name server that is down for a while")
    func recovery() async throws {
        let server = try echo()
        let client = CurlClient(width: 1)
        let unknown = try #require(HTTPURL("http://no-such-host.invalid/"))
        for _ in 0..<3 {
            let failure = try await failure { try await client.send(HTTPRequest(.get, unknown)) }
            #expect(failure.kind == .nameNotFound, "\(failure.summary)")
        }
        #expect(try await client.send(HTTPRequest(.get, try url(server))).status == 200)
    }

    @Test("says that a peer does not speak TLS")
    func plainPeer() async throws {
        let server = try ScriptedServer { connection in
            try connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            try connection.waitForClose()
        }
        let secure = try #require(HTTPURL("https://127.0.0.1:\(server.port)/"))
        #expect(try await failure { try await CurlClient(width: 1).send(HTTPRequest(.get, secure)) }.kind == .tls)
    }

    @Test("skips interim answers and understands chunks")
    func interim() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.send("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n")
            try connection.send("HTTP/1.1 201 Created\r\nX-Final:  two words \r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in ["5\r\n01234\r\n", "5;x=y\r\n56789\r\n", "0\r\n\r\n"] { try connection.send(piece) }
        }
        let request = HTTPRequest(.put, try url(server))
        let response = try await CurlClient(width: 1).send(request, body: [1, 2, 3].span, limit: 100)
        #expect(response.status == 201)
        #expect(response.fields["X-Interim"] == nil && response.fields["x-final"] == "two words")
        #expect(response.body == Array("0123456789".utf8))
    }

    @Test("does not follow redirects and reads no body of a HEAD")
    func plain() async throws {
        let server = try ScriptedServer { connection in
            while let request = try connection.request() {
                if request.line.hasPrefix("HEAD") {
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                } else {
                    try connection.answer(307, headers: ["Location: /elsewhere"])
                }
            }
        }
        let client = CurlClient(width: 1)
        #expect(try await client.send(HTTPRequest(.get, try url(server))).status == 307)
        let head = try await client.send(HTTPRequest(.head, try url(server)))
        #expect(head.status == 200 && head.body.isEmpty && head.fields["Content-Length"] == "1000")
        #expect(server.requests == 2)
        #expect(server.connections == 1)
    }

    @Test("uses one connection for many requests, and at most as many as it is wide")
    func keepAlive() async throws {
        let server = try echo()
        let client = CurlClient(width: 4)
        let target = try url(server)
        for _ in 0..<5 { #expect(try await client.send(HTTPRequest(.get, target)).status == 200) }
        #expect(server.connections == 1)
        let bytes = (0..<64).map { UInt8($0) }
        try await withThrowingTaskGroup { group in
            for index in 0..<32 {
                group.addTask {
                    let body = [UInt8](repeating: bytes[index], count: 100_000)
                    let request = HTTPRequest(.put, target)
                    let response = try await client.send(request, body: body.span, limit: 1 << 20)
                    #expect(response.body.suffix(100_000).allSatisfy { $0 == bytes[index] })
                }
            }
            try await group.waitForAll()
        }
        #expect(server.connections <= 4)
        #expect(server.requests == 37)
    }

    @Test(
        "never sends a request twice by itself when a kept connection dies, and says so as a passing failure",
        arguments: [(HTTPMethod.put, 0), (.put, 1 << 20), (.delete, 0), (.get, 0)])
    func noSilentRetry(method: HTTPMethod, size: Int) async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.answer(200)
            // The second request is read, perhaps carried out, and never answered.
            _ = try connection.request()
        }
        let client = CurlClient(width: 1)
        let body = [UInt8](repeating: 1, count: size)
        let request = HTTPRequest(method, try url(server))
        #expect(try await client.send(request, body: body.span, limit: 100).status == 200)
        let failure = try await failure { try await client.send(request, body: body.span, limit: 100) }
        #expect(failure.kind == .broken && failure.isTransient)
        #expect(failure.detail == "a kept connection ended without an answer")
        #expect(server.requests == 2)
        // The next try gets a connection of its own, and sends the body from its beginning.
        #expect(try await client.send(request, body: body.span, limit: 100).status == 200)
        #expect(server.requests == 3)
    }

    @Test("never calls a request unsent that went out on a kept connection, though nobody listens any more")
    func notUnsent() async throws {
        let isGone = Monitor(false)
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.answer(200)
            _ = try connection.request()
            _ = isGone.wait { $0 ? true : nil }
            connection.reset()
        }
        let client = CurlClient(width: 1)
        let request = HTTPRequest(.put, try url(server))
        #expect(try await client.send(request).status == 200)
        async let answer = client.send(request)
        while server.requests < 2 { await Task.yield() }
        server.stopListening()
        isGone.update { $0 = true }
        do {
            _ = try await answer
            Issue.record("there was no answer")
        } catch let failure as HTTPFailure {
            #expect(failure.kind == .broken && failure.detail == "a kept connection ended without an answer")
        }
        #expect(try await failure { try await client.send(request) }.kind == .refused)
    }
}
