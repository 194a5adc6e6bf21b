import HTTPListener
import HTTPMessages
import TestSupport
import Testing

@Suite("Requests to the listener")
struct RequestTests {
    @Test(
        "targets arrive as they were written",
        arguments: ["/a%2Fb/c+d?x=%41+%20&y", "/", "/%00%ff/../x//y?sig=a%2Bb%3D", "/a?b?c=d&&e"])
    func rawTarget(target: String) async throws {
        try await withServer { port in
            let connection = try RawConnection(port: port)
            try await connection.send("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await connection.response().body == Array(target.utf8))
        }
    }

    @Test("one connection carries many requests, with and without bodies")
    func keepAlive() async throws {
        try await withServer { port in
            let connection = try RawConnection(port: port)
            for index in 0..<20 {
                try await connection.send("GET /\(index) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.response().body == Array("/\(index)".utf8))
                try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
                let answer = try await connection.response()
                #expect(answer.status == 201)
                #expect(answer.body == Array("hello".utf8))
                try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                #expect(try await connection.response().body.isEmpty)
            }
        }
    }

    @Test("requests sent ahead are answered in order")
    func pipelined() async throws {
        try await withServer { port in
            let connection = try RawConnection(port: port)
            try await connection.send(
                "PUT /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none" + "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "PUT /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nthree")
            #expect(try await connection.response().body == Array("one".utf8))
            #expect(try await connection.response().body == Array("/2".utf8))
            #expect(try await connection.response().body == Array("three".utf8))
        }
    }

    @Test("a body in chunks is read to its own end, and says that it is one")
    func chunked() async throws {
        try await withServer { port in
            let connection = try RawConnection(port: port)
            try await connection.send(
                "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n")
            let answer = try await connection.response()
            #expect(answer.body == Array("abcdefg".utf8))
            #expect(answer.fields["X-Length"] == "chunked")
        }
    }

    @Test("a body that drips in byte by byte arrives whole")
    func drip() async throws {
        try await withServer { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n")
            for index in 0..<40 { try await connection.send([UInt8(index)]) }
            #expect(try await connection.response().body == Array(0..<40))
        }
    }

    @Test("a large body arrives whole, and its echo too")
    func large() async throws {
        try await withServer { port in
            let connection = try RawConnection(port: port)
            let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            async let sent: Void = {
                try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(bytes.count)\r\n\r\n")
                try await connection.send(bytes)
            }()
            #expect(try await connection.response().body == bytes)
            try await sent
        }
    }

    @Test(
        "what could be understood in two ways is refused and ends the connection",
        arguments: [
            ("Content-Length: 3\r\nContent-Length: 3", 400),
            ("Content-Length: 3\r\nTransfer-Encoding: chunked", 400),
            ("Content-Length: -3", 400),
            ("Content-Length: 99999999999999999999", 400),
            ("Content-Length: 3x", 400),
            ("Host: y\r\nContent-Length: 3", 400),
            ("Transfer-Encoding: gzip", 501),
        ])
    func ambiguous(fields: String, status: Int) async throws {
        let witness = Witness()
        try await withServer({ request, _ in
            witness.note(request.target)
            return Reply(status: 200)
        }) { port in
            let connection = try RawConnection(port: port)
            try await connection.send(
                "PUT /it HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\nabcGET /smuggled HTTP/1.1\r\n\r\n")
            let answer = String(decoding: try await connection.rest(), as: UTF8.self)
            #expect((400...501).contains(Int(answer.dropFirst(9).prefix(3)) ?? 0), "\(answer)")
            #expect(!witness.all.contains("/smuggled"))
        }
    }

    @Test("fields that are no UTF-8 are refused")
    func notText() async throws {
        try await withServer { port in
            let connection = try RawConnection(port: port)
            try await connection.send(Array("GET / HTTP/1.1\r\nHost: x\r\nX: ".utf8) + [0xFF, 0xFE, 13, 10, 13, 10])
            #expect(try await connection.head().status == 400)
        }
    }

    @Test("control characters in a field, and in a target, are refused", arguments: [0x01, 0x1B, 0x7F] as [UInt8])
    func controlCharacters(byte: UInt8) async throws {
        try await withServer { port in
            let inField = try RawConnection(port: port)
            try await inField.send(Array("GET / HTTP/1.1\r\nHost: x\r\nX: a".utf8) + [byte] + Array("b\r\n\r\n".utf8))
            #expect(try await inField.head().status == 400)
            let inTarget = try RawConnection(port: port)
            try await inTarget.send(Array("GET /a".utf8) + [byte] + Array("b HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            #expect(try await inTarget.head().status == 400)
            let tab = try RawConnection(port: port)
            try await tab.send("GET /tab HTTP/1.1\r\nHost: x\r\nX: a\tb\r\n\r\n")
            #expect(try await tab.response().body == Array("/tab".utf8))
        }
    }

    @Test("a target that is no UTF-8 is refused, one that is comes as it is")
    func targetNotText() async throws {
        try await withServer { port in
            let broken = try RawConnection(port: port)
            try await broken.send(Array("GET /".utf8) + [0xFF] + Array(" HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            #expect(try await broken.head().status == 400)
            let whole = try RawConnection(port: port)
            try await whole.send("GET /\u{E9} HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await whole.response().body == Array("/\u{E9}".utf8))
        }
    }

    @Test("a head beyond the limit is refused", arguments: [70_000, 200_000, 2_000_000])
    func oversized(bytes: Int) async throws {
        try await withServer { port in
            let inFields = try RawConnection(port: port)
            // The server may hang up while bytes are still on their way.
            try? await inFields.send(
                "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: bytes))\r\n\r\n")
            let fields = String(decoding: try await inFields.rest(), as: UTF8.self)
            #expect(fields.isEmpty || fields.hasPrefix("HTTP/1.1 431") || fields.hasPrefix("HTTP/1.1 4"))
            let inTarget = try RawConnection(port: port)
            try? await inTarget.send("GET /\(String(repeating: "a", count: bytes)) HTTP/1.1\r\nHost: x\r\n\r\n")
            let target = String(decoding: try await inTarget.rest(), as: UTF8.self)
            #expect(target.isEmpty || target.hasPrefix("HTTP/1.1 4"))
        }
    }

    @Test("garbage is refused, and the next client is served")
    func garbage() async throws {
        try await withServer { port in
            for bytes in ["\r\n\r\n\r\n\r\nx", "GET\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}", ":::: :::: ::::\r\n\r\n"] {
                let connection = try RawConnection(port: port)
                try await connection.send(bytes)
                connection.endSending()
                let answer = String(decoding: try await connection.rest(), as: UTF8.self)
                #expect(!answer.hasPrefix("HTTP/1.1 2"))
            }
            let connection = try RawConnection(port: port)
            try await connection.send("GET /fine HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await connection.response().body == Array("/fine".utf8))
        }
    }

    @Test("two hundred idle connections keep nobody waiting")
    func idle() async throws {
        try await withServer { port in
            let idle = try (0..<200).map { _ in try RawConnection(port: port) }
            for connection in idle { try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Le") }
            let busy = try RawConnection(port: port)
            try await busy.send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await busy.response().body == Array("/busy".utf8))
            for connection in idle { try await connection.send("ngth: 1\r\n\r\nx") }
            for connection in idle { #expect(try await connection.response().body == Array("x".utf8)) }
        }
    }
}
