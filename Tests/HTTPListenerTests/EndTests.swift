import HTTPListener
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("The end of requests and of the listener", .timeLimit(.minutes(5)))
struct EndTests {
    /// Notes how the body ended.
    private func noting(_ witness: Witness) -> ListenerHandler {
        { _, body in
            witness.note("started")
            do {
                let bytes = try await collect(&body)
                witness.note("good \(bytes.count)")
            } catch let error as ListenerError {
                witness.note("\(error.kind) \(Task.isCancelled)")
            } catch {
                witness.note("\(error)")
            }
            return Reply(status: 200)
        }
    }

    enum Goodbye: CaseIterable { case halfClosed, reset }

    @Test("a client that goes away in the middle of a body is an error, never an end", arguments: Goodbye.allCases)
    func cutBody(goodbye: Goodbye) async throws {
        let witness = Witness()
        try await withServer(noting(witness)) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            await witness.wait(for: "started")
            if goodbye == .reset { connection.abort() } else { connection.endSending() }
            await witness.wait(for: "clientGone true")
        }
        #expect(witness.all == ["started", "clientGone true"])
    }

    @Test("chunks without their end are an error")
    func cutChunks() async throws {
        let witness = Witness()
        try await withServer(noting(witness)) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            connection.endSending()
            await witness.wait(for: "clientGone true")
        }
        #expect(witness.all == ["started", "clientGone true"])
    }

    @Test("a body that stops coming is an error after the idle time")
    func stalled() async throws {
        let witness = Witness()
        try await withServer(limits: ListenerLimits(idle: .seconds(1)), noting(witness)) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            await witness.wait(for: "clientGone true")
        }
    }

    @Test("a head that comes byte by byte ends in time, on a new connection and behind a request", arguments: [0, 1])
    func dripping(behind requests: Int) async throws {
        let limits = ListenerLimits(idle: .seconds(2), headTime: .seconds(1), drain: .seconds(5))
        try await withServer(limits: limits) { port in
            let connection = try RawConnection(port: port)
            for _ in 0..<requests {
                try await connection.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.response().body == Array("/a".utf8))
            }
            let start = ContinuousClock.now
            await #expect(throws: RawConnectionError.self) {
                for letter in "GET /\(String(repeating: "a", count: 100))" {
                    try await connection.send(String(letter))
                    try await Task.sleep(for: .milliseconds(200))
                }
            }
            #expect(start.duration(to: .now) < .seconds(15))
        }
    }

    @Test("a request that takes longer than a head may is not cut")
    func slowRequest() async throws {
        let limits = ListenerLimits(idle: .seconds(2), headTime: .milliseconds(100), drain: .seconds(5))
        try await withServer(limits: limits) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n")
            for index in 0..<20 {
                try await connection.send([UInt8(index)])
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(try await connection.response().body == Array(0..<20))
        }
    }

    @Test("a client that goes away in the middle of an answer ends its writer")
    func cutAnswer() async throws {
        let witness = Witness()
        try await withServer({ _, _ in
            Reply(
                status: 200,
                body: .stream(length: nil) { writer in
                    do {
                        while true { try await writer.write([UInt8](repeating: 0, count: 100_000).span) }
                    } catch let error as ListenerError {
                        witness.note("\(error.kind)")
                        throw error
                    }
                })
        }) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await connection.bytes(500_000)
            connection.abort()
            await witness.wait(for: "clientGone")
        }
    }

    @Test("a handler may wait elsewhere, and read and write from there")
    func elsewhere() async throws {
        let threads = ThreadPool(name: "elsewhere", width: 2)
        try await withServer({ _, body in
            do {
                let bytes = try await withTaskExecutorPreference(threads) { try await collect(&body) }
                return Reply(
                    status: 200,
                    body: .stream(length: bytes.count) { writer in
                        try await withTaskExecutorPreference(threads) {
                            await Task.yield()
                            try await writer.write(bytes.span)
                        }
                    })
            } catch {
                return Reply(status: 500)
            }
        }) { port in
            let connection = try RawConnection(port: port)
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
            for _ in 0..<3 {
                try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(bytes.count)\r\n\r\n")
                try await connection.send(bytes)
                #expect(try await connection.response().body == bytes)
            }
        }
    }

    @Test("stopping lets a request under way end, and closes its connection")
    func drain() async throws {
        let witness = Witness()
        let connection = try await withServer(noting(witness)) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
            await witness.wait(for: "started")
            Task {
                // The listener is stopping by now or will be soon; either way the request may end.
                try await connection.send("def")
            }
            return connection
        }
        #expect(witness.all == ["started", "good 6"])
        #expect(try await connection.response().status == 200)
        #expect(try await connection.rest().isEmpty)
    }

    @Test("stopping cancels what does not end in time")
    func drainEnds() async throws {
        let witness = Witness()
        let open = try await withServer(limits: ListenerLimits(drain: .milliseconds(50)), noting(witness)) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            await witness.wait(for: "started")
            try await connection.send("d")
            let waiting = try RawConnection(port: port)
            try await waiting.send("PUT / HTTP/1.1\r\n")
            return [connection, waiting]
        }
        #expect(open.count == 2)
        #expect(witness.all == ["started", "clientGone true"])
    }

    @Test("clients that reset their connection before it is accepted take no place from others")
    func resetInQueue() async throws {
        try await withServer(limits: ListenerLimits(connections: 1, drain: .seconds(5))) { port in
            let first = try RawConnection(port: port)
            try await first.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await first.response().status == 200)
            // There is no room: these wait in the kernel's queue, and are reset there.
            for connection in try (0..<3).map({ _ in try RawConnection(port: port) }) { connection.abort() }
            first.abort()
            let last = try RawConnection(port: port)
            try await last.send("GET /last HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await last.response().body == Array("/last".utf8))
        }
    }

    @Test("nobody can connect once the listener has stopped, and the port is free again")
    func stopped() async throws {
        let port = try await withServer { $0 }
        #expect(throws: RawConnectionError.self) { try RawConnection(port: port) }
        let again = try await withHTTPListener(host: "127.0.0.1", port: port, handler: echo) { $0.port }
        #expect(again == port)
    }

    @Test("a port that is taken is explained")
    func taken() async throws {
        try await withServer { port in
            let error = await #expect(throws: ListenerError.self) {
                try await withHTTPListener(host: "127.0.0.1", port: port, handler: echo) { _ in }
            }
            #expect(error?.kind == .cannotListen)
            #expect((error?.cause as? SystemError)?.call == "bind")
        }
    }

    @Test("a host that does not exist is explained")
    func nowhere() async throws {
        let error = await #expect(throws: ListenerError.self) {
            try await withHTTPListener(host: "no such host", port: 0, handler: echo) { _ in }
        }
        #expect(error?.kind == .addressNotFound)
    }
}
