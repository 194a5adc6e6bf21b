import AzureIdentity
import BlobServer
import BlobStorage
import Diagnostics
import HTTPListener
import HTTPMessages
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite("Faults on purpose", .timeLimit(.minutes(5)), .tags(.faults))
struct FaultTests {
    private func run(
        _ rules: [ServerFaultPlan.Rule], seed: UInt64 = 0, clock: TestClock = TestClock(), log: Log = .silent,
        _ body: (TestService) async throws -> Void
    ) async throws {
        try await TestService.run(
            log: log, faults: ServerFaultPlan(seed: seed, rules: rules), clock: clock, body)
    }

    private func put(_ service: TestService, _ name: String, bytes: Int) async throws {
        let contents = [UInt8](repeating: 7, count: bytes)
        _ = try await service.box.put(contents.span, to: BlobName(name), attributes: BlobAttributes(), if: .always)
    }

    private func holds(_ service: TestService, _ name: String) async throws -> Bool {
        do {
            _ = try await service.box.properties(of: BlobName(name), if: .always)
            return true
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return false
        }
    }

    /// The raw bytes that come back to a signed GET, up to the end of the connection.
    private func rawAnswer(_ service: TestService, _ target: String) async throws -> [UInt8] {
        let url = try #require(HTTPURL("http://127.0.0.1:\(service.port)\(TestService.path)\(target)"))
        var request = HTTPRequest(.get, url, fields: ["x-ms-version": "2021-12-02"])
        service.key.sign(&request, contentLength: 0, now: TestService.now)
        var head = "GET \(url.target) HTTP/1.1\r\nHost: \(url.authority)\r\nConnection: close\r\n"
        for field in request.fields.all { head += "\(field.name): \(field.value)\r\n" }
        let connection = try RawConnection(port: service.port)
        try await connection.send(head + "\r\n")
        return try await connection.rest()
    }

    @Test(
        "a status is answered in the service's words, and nothing is done",
        arguments: [(500, "InternalError", nil), (503, "ServerBusy", "2")])
    func status(status: Int, code: String, retryAfter: String?) async throws {
        let fault = ServerFault.status(status, retryAfter: retryAfter.flatMap { Int($0) })
        try await run([.init(fault, of: ["PutBlob"], .numbers([1]))]) { service in
            let refused = try await service.put("a", "text")
            try expect(refused, status, code)
            #expect(refused.fields["Retry-After"] == retryAfter)
            let isThere = try await holds(service, "a")
            #expect(!isThere)
            #expect(try await service.put("a", "text").status == 201)
        }
    }

    @Test("a reset breaks the connection before anything is done")
    func reset() async throws {
        try await run([.init(.reset, of: ["PutBlob"], .numbers([1]))]) { service in
            await #expect(throws: RawConnectionError.self) { try await service.put("a", "text") }
            let isThere = try await holds(service, "a")
            #expect(!isThere)
            #expect(try await service.put("a", "text").status == 201)
        }
    }

    @Test("a reset is an error of the connection, a lost answer its end", arguments: [ServerFault.reset, .loseAnswer])
    func ends(fault: ServerFault) async throws {
        try await run([.init(fault)]) { service in
            let url = try #require(HTTPURL("http://127.0.0.1:\(service.port)\(TestService.path)/box/a"))
            let failure = await #expect(throws: HTTPFailure.self) {
                try await CurlClient(width: 1).send(HTTPRequest(.get, url))
            }
            #expect(failure?.kind == .broken)
            #expect(failure?.detail.lowercased().contains("reset") == (fault == .reset))
        }
    }

    @Test("a lost answer leaves the work done")
    func loseAnswer() async throws {
        try await run([.init(.loseAnswer, of: ["PutBlob"], .numbers([1]))]) { service in
            await #expect(throws: RawConnectionError.self) { try await service.put("a", "text") }
            let isThere = try await holds(service, "a")
            #expect(isThere)
            #expect(try await service.send(.get, "/box/a").text == "text")
        }
    }

    @Test("the answer to a large body can be lost, too")
    func loseAnswerToLargeBody() async throws {
        try await run([.init(.loseAnswer, of: ["PutBlock"], .numbers([1]))]) { service in
            let target = "/box/a?comp=block&blockid=AAAA"
            let body = [UInt8](repeating: 1, count: 3 << 20)
            await #expect(throws: RawConnectionError.self) { try await service.send(.put, target, body: body) }
            let list = try await service.box.blockList(of: BlobName("a"))
            #expect(list.uncommitted.map(\.size) == [3 << 20])
        }
    }

    @Test("a truncated answer has its whole head and half of its body", arguments: [2, 9001, 3 << 20])
    func truncate(bytes: Int) async throws {
        try await run([.init(.truncate, of: ["GetBlob"], .numbers([1]))]) { service in
            try await put(service, "a", bytes: bytes)
            let answer = try await rawAnswer(service, "/box/a")
            let mark = try #require(answer.firstRange(of: Array("\r\n\r\n".utf8)))
            let head = String(decoding: answer[..<mark.lowerBound], as: UTF8.self)
            #expect(head.contains("Content-Length: \(bytes)"))
            #expect(answer.count - mark.upperBound == bytes / 2)
            #expect(try await service.send(.get, "/box/a").body.count == bytes)
        }
    }

    @Test("an answer without a body has nothing to cut")
    func truncateNothing() async throws {
        try await run([.init(.truncate)]) { service in
            let put = try await service.put("a", "text")
            #expect(put.status == 201)
            #expect(try await service.send(.head, "/box/a").status == 200)
        }
    }

    @Test("a delay comes before the work, and delays add up")
    func delay() async throws {
        let clock = TestClock()
        let rules: [ServerFaultPlan.Rule] = [
            .init(.delay(.milliseconds(20))), .init(.delay(.seconds(3)), of: ["PutBlob"]),
        ]
        try await run(rules, clock: clock) { service in
            let put = try await service.put("a", "text")
            #expect(put.status == 201)
            #expect(clock.sleeps == [.milliseconds(3020)])
            #expect(try await service.send(.get, "/box/a").text == "text")
            #expect(clock.sleeps == [.milliseconds(3020), .milliseconds(20)])
        }
    }

    @Test("a stall happens once, in the body of the request or else of the answer")
    func stall() async throws {
        let clock = TestClock()
        try await run([.init(.stall(.seconds(7)))], clock: clock) { service in
            let body = [UInt8](repeating: 1, count: 3 << 20)
            #expect(try await service.send(.put, "/box/a?comp=block&blockid=AAAA", body: body).status == 201)
            #expect(clock.sleeps == [.seconds(7)])
            try await put(service, "b", bytes: 3 << 20)
            #expect(try await service.send(.get, "/box/b").body.elementsEqual([UInt8](repeating: 7, count: 3 << 20)))
            #expect(clock.sleeps == [.seconds(7), .seconds(7)])
        }
    }

    @Test("a bandwidth holds in both directions", arguments: [1000, 100_000, 50_000_000])
    func bandwidth(bandwidth: Int) async throws {
        let clock = TestClock()
        try await run([.init(.bandwidth(bandwidth)), .init(.bandwidth(bandwidth * 2))], clock: clock) { service in
            let size = 300_000
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let expected = Double(size) / Double(bandwidth)
            let sent = try await service.send(.put, "/box/a", ["x-ms-blob-type": "BlockBlob"], body: body)
            #expect(sent.status == 201)
            let up = clock.sleeps.reduce(.zero, +) / .seconds(1)
            // The last bytes pass before their time is over.
            #expect(abs(up - expected) <= 0.06)
            #expect(try await service.send(.get, "/box/a").body.elementsEqual(body))
            let down = clock.sleeps.reduce(.zero, +) / .seconds(1) - up
            #expect(abs(down - expected) <= 0.06)
            #expect(clock.sleeps.allSatisfy { $0 <= .milliseconds(51) })
        }
    }

    @Test("faults of pace go together with one other, that of the first rule that hits")
    func together() async throws {
        let clock = TestClock()
        let rules: [ServerFaultPlan.Rule] = [
            .init(.delay(.seconds(1))), .init(.status(500, retryAfter: nil), .numbers([2])),
            .init(.status(503, retryAfter: nil)), .init(.delay(.seconds(2))), .init(.loseAnswer),
        ]
        try await run(rules, clock: clock) { service in
            let first = try await service.put("a", "text")
            #expect(first.status == 503)
            #expect(try await service.put("a", "text").status == 500)
            #expect(clock.sleeps == [.seconds(3), .seconds(3)])
        }
    }

    @Test("rules begin and end by requests of theirs, or by time")
    func bounds() async throws {
        let clock = TestClock()
        let busy = ServerFault.status(503, retryAfter: nil)
        let rules: [ServerFaultPlan.Rule] = [
            .init(busy, of: ["PutBlob"], after: .requests(1), until: .requests(3)),
            .init(busy, of: ["GetBlob"], after: .time(.seconds(10)), until: .time(.seconds(30))),
        ]
        try await run(rules, clock: clock) { service in
            var puts: [Int] = []
            for _ in 0..<5 { puts.append(try await service.put("a", "text").status) }
            #expect(puts == [201, 503, 503, 201, 201])
            var gets: [Int] = []
            for _ in 0..<4 {
                gets.append(try await service.send(.get, "/box/a").status)
                try await clock.sleep(for: .seconds(10))
            }
            #expect(gets == [200, 503, 503, 200])
        }
    }

    private func statuses(seed: UInt64, rate: Double, among others: Int) async throws -> [Int] {
        var found: [Int] = []
        let rule = ServerFaultPlan.Rule(.status(503, retryAfter: nil), of: ["GetBlobProperties"], .rate(rate))
        try await run([rule], seed: seed) { service in
            for _ in 0..<60 {
                for _ in 0..<others { _ = try await service.put("a", "text") }
                found.append(try await service.send(.head, "/box/a").status)
            }
        }
        return found
    }

    @Test("the same seed breaks the same requests, whatever else is asked for; another breaks others")
    func seeds() async throws {
        let first = try await statuses(seed: 1, rate: 0.5, among: 0)
        #expect(try await statuses(seed: 1, rate: 0.5, among: 1).map { $0 == 503 } == first.map { $0 == 503 })
        #expect(try await statuses(seed: 2, rate: 0.5, among: 0) != first)
        #expect((15...45).contains(first.count { $0 == 503 }))
        #expect(try await statuses(seed: 1, rate: 0, among: 0).allSatisfy { $0 == 404 })
        #expect(try await statuses(seed: 1, rate: 1, among: 0).allSatisfy { $0 == 503 })
    }

    @Test("every fault is logged, with the id of its request")
    func logged() async throws {
        let lines = Mutex<[[String: String]]>([])
        let log = Log { entry in
            let facts = Dictionary(entry.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
            lines.withLock { $0.append(facts.merging(["message": entry.message]) { $1 }) }
        }
        let rules: [ServerFaultPlan.Rule] = [
            .init(.delay(.seconds(1)), of: ["PutBlob"]), .init(.status(503, retryAfter: nil), .numbers([2])),
        ]
        var ids: [String?] = []
        try await run(rules, log: log) { service in
            for _ in 0..<2 { ids.append(try await service.put("a", "text").fields["x-ms-request-id"]) }
        }
        let faults = lines.withLock { $0.filter { $0["message"] == "fault" } }
        #expect(faults.map { $0["fault"] } == ["delay", "delay", "status"])
        #expect(faults.map { $0["rule"] } == ["1", "1", "2"])
        #expect(faults.map { $0["number"] } == ["1", "2", "2"])
        #expect(faults.map { $0["id"] } == [ids[0], ids[1], ids[1]])
        #expect(faults.allSatisfy { $0["operation"] == "PutBlob" })
    }

    @Test("requests that nobody understands can go wrong, too")
    func unknown() async throws {
        try await run([.init(.reset)]) { service in
            let connection = try RawConnection(port: service.port)
            try await connection.send("BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await connection.rest().isEmpty)
        }
    }
}
