import HTTPListener
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("Answers of the listener")
struct AnswerTests {
    struct Refused: Error {}

    @Test("a client that asks first is told to go on")
    func goOn() async throws {
        try await withServer { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await connection.head().status == 100)
            try await connection.send("ok")
            #expect(try await connection.response().body == Array("ok".utf8))
        }
    }

    @Test("a client that asks first is refused without sending its body")
    func refusedEarly() async throws {
        try await withServer({ _, _ in Reply(status: 403, body: .bytes([1])) }) { port in
            let connection = try RawConnection(port: port)
            try await connection.send(
                "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\nExpect: 100-continue\r\n\r\n")
            let answer = try await connection.response()
            #expect(answer.status == 403)
            #expect(answer.body == [1])
            #expect(try await connection.rest().isEmpty)
        }
    }

    @Test("a body nobody wants is thrown away and the connection goes on")
    func unwanted() async throws {
        try await withServer({ _, _ in Reply(status: 403, body: .bytes([1])) }) { port in
            let connection = try RawConnection(port: port)
            for _ in 0..<3 {
                try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
                try await connection.send([UInt8](repeating: 7, count: 3_000_000))
                #expect(try await connection.response().status == 403)
            }
        }
    }

    @Test("a body left half read is thrown away too")
    func halfRead() async throws {
        try await withServer({ _, body in
            let first = try? await [UInt8].filled(capacity: 2) { try await body.read(into: &$0) }
            return Reply(status: 400, body: .bytes(first ?? []))
        }) { port in
            let connection = try RawConnection(port: port)
            for _ in 0..<3 {
                try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
                try await connection.send([UInt8](repeating: 7, count: 1_000_000))
                #expect(try await connection.response().body == [7, 7])
            }
        }
    }

    @Test("a body too long to throw away is refused at once")
    func unwantedAndLong() async throws {
        let limits = ListenerLimits(discarded: 1000)
        try await withServer(limits: limits, { _, _ in Reply(status: 403) }) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n")
            #expect(try await connection.response().status == 403)
            #expect(try await connection.rest().isEmpty)
        }
    }

    @Test("the answer to HEAD has the length and not the body")
    func head() async throws {
        try await withServer({ request, _ in
            switch request.target {
            case "/omitted": Reply(status: 200, body: .omitted(length: 5_000_000_000))
            case "/stream": Reply(status: 200, body: .stream(length: 5) { _ in Issue.record("the body was made") })
            default: Reply(status: 200, body: .bytes([1, 2, 3]))
            }
        }) { port in
            let connection = try RawConnection(port: port)
            for (target, length) in [("/omitted", "5000000000"), ("/stream", "5"), ("/bytes", "3")] {
                try await connection.send("HEAD \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
                let answer = try await connection.response(hasBody: false)
                #expect(answer.fields["Content-Length"] == length)
            }
        }
    }

    @Test("a streamed answer has its length, or comes in chunks", arguments: [true, false])
    func stream(knowsLength: Bool) async throws {
        let piece = [UInt8](0...255)
        try await withServer({ _, _ in
            Reply(
                status: 200,
                body: .stream(length: knowsLength ? 256 * 4000 : nil) { writer in
                    for _ in 0..<4000 { try await writer.write(piece.span) }
                })
        }) { port in
            let connection = try RawConnection(port: port)
            for _ in 0..<2 {
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                let answer = try await connection.response()
                #expect(answer.body == (0..<4000).flatMap { _ in piece })
                #expect((answer.fields["Content-Length"] != nil) == knowsLength)
            }
        }
    }

    @Test("an empty stream is an empty body", arguments: [0, nil])
    func emptyStream(length: Int?) async throws {
        try await withServer({ _, _ in Reply(status: 200, body: .stream(length: length) { _ in }) }) { port in
            let connection = try RawConnection(port: port)
            for _ in 0..<2 {
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.response().body.isEmpty)
            }
        }
    }

    enum Flaw: CaseIterable { case throwing, tooShort, tooLong }

    @Test("an answer that fails in the middle is cut, so that the client sees it", arguments: Flaw.allCases)
    func cut(flaw: Flaw) async throws {
        let witness = Witness()
        try await withServer({ _, _ in
            let length = flaw == .tooLong ? 1000 : 100_000
            return Reply(
                status: 200,
                body: .stream(length: length) { writer in
                    try await writer.write([UInt8](repeating: 1, count: 999).span)
                    if flaw == .throwing { throw Refused() }
                    if flaw == .tooLong { try await writer.write([1, 2].span) }
                },
                onEnd: { witness.note("\($0.bytes) \($0.isComplete)") })
        }) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let fields = try await connection.head().fields
            #expect(fields["Content-Length"] == (flaw == .tooLong ? "1000" : "100000"))
            #expect(try await connection.rest().count == 999)
        }
        #expect(witness.all == ["999 false"])
    }

    @Test("an answer whose client does not read waits, and goes on when it does")
    func slowReader() async throws {
        try await withServer({ _, _ in
            Reply(
                status: 200,
                body: .stream(length: 50_000_000) { writer in
                    for _ in 0..<50 { try await writer.write([UInt8](repeating: 3, count: 1_000_000).span) }
                })
        }) { port in
            let slow = try RawConnection(port: port)
            try await slow.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await slow.head()
            let quick = try RawConnection(port: port)
            try await quick.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await quick.response().body.count == 50_000_000)
            #expect(try await slow.bytes(50_000_000).count == 50_000_000)
        }
    }

    @Test("how an answer ended is told once")
    func end() async throws {
        let witness = Witness()
        try await withServer({ _, _ in
            Reply(status: 200, body: .bytes([1, 2, 3]), onEnd: { witness.note("\($0.bytes) \($0.isComplete)") })
        }) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await connection.response()
        }
        #expect(witness.all == ["3 true"])
    }
}
