import HTTPListener
import HTTPMessages
import Synchronization
import TestSupport
import Testing

@Suite("Gates and withheld answers", .timeLimit(.minutes(5)))
struct GateTests {
    @Test("a body passes its gate piece by piece, whole and in order", arguments: [1, 7, 4096, 1 << 30])
    func body(piece: Int) async throws {
        let passed = Mutex(0)
        let size = piece == 1 ? 2000 : 1_000_000
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        try await withServer({ request, body in
            body.gate = { count in
                await Task.yield()
                let passing = min(count, piece)
                passed.withLock { $0 += passing }
                return passing
            }
            return await echo(request, &body)
        }) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(size)\r\n\r\n")
            try await connection.send(bytes)
            #expect(try await connection.response().body.elementsEqual(bytes))
        }
        #expect(passed.withLock { $0 } == size)
    }

    @Test("an answer passes its gate piece by piece, whole and in order", arguments: [1, 7, 4096, 1 << 30])
    func answer(piece: Int) async throws {
        let size = piece == 1 ? 2000 : 1_000_000
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        let half = Array(bytes.prefix(size / 2))
        try await withServer({ _, _ in
            Reply(
                status: 200,
                body: .stream(length: size) { writer in
                    writer.gate = { count in
                        // Elsewhere, so that the room is sent in the meantime.
                        try await Task.sleep(for: .microseconds(1))
                        return min(count, piece)
                    }
                    try await writer.write(half.span)
                    var rest = bytes[(size / 2)...]
                    while !rest.isEmpty {
                        let count = try await writer.fill { buffer in
                            let part = rest.prefix(buffer.freeCapacity)
                            for byte in part { buffer.append(byte) }
                            return part.count
                        }
                        rest = rest.dropFirst(count)
                    }
                })
        }) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await connection.response().body.elementsEqual(bytes))
        }
    }

    @Test("a withheld answer is the end of the connection, body or none", arguments: [false, true], [0, 3, 1 << 20])
    func withheld(resets: Bool, length: Int) async throws {
        let ends = Mutex<[Reply.End]>([])
        try await withServer({ _, body in
            _ = try? await collect(&body)
            return Reply(
                status: 200, body: .withheld(resets: resets), onEnd: { end in ends.withLock { $0.append(end) } })
        }) { port in
            let connection = try RawConnection(port: port)
            try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n")
            try await connection.send([UInt8](repeating: 1, count: length))
            #expect(try await connection.rest().isEmpty)
        }
        let seen = ends.withLock { $0 }
        #expect(seen.map(\.bytes) == [0] && seen.map(\.isComplete) == [false])
    }
}
