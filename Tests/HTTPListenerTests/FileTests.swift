import HTTPListener
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("Answers from files", .timeLimit(.minutes(5)))
struct FileTests {
    private static let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    /// Lends a file with ``bytes``.
    private func withFile(_ body: (_ path: String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/file"
            let file = try Files.open(path, .create)
            try file.write(Self.bytes.span, at: 0)
            try await body(path)
        }
    }

    private static func extent(_ path: String, _ offset: Int, _ length: Int) throws -> FileExtent {
        FileExtent(try Files.open(path, .read), offset: offset, length: length)
    }

    enum Way: CaseIterable, Sendable { case file, stream, gated }

    /// One answer, made in three ways.
    private static func body(_ way: Way, _ path: String, _ offset: Int, _ length: Int) throws -> Reply.Body {
        let extent = try extent(path, offset, length)
        switch way {
        case .file: return .file(extent)
        case .stream: return .stream(length: length) { try await $0.write(extent) }
        case .gated:
            return .stream(length: length) { writer in
                writer.gate = { count in
                    await Task.yield()
                    return min(count, 70_001)
                }
                try await writer.write(extent)
            }
        }
    }

    @Test(
        "a part of a file is sent whole, and the connection goes on", arguments: Way.allCases,
        [(0, 3_000_000), (1, 0), (2_999_999, 1), (12_345, 1_234_567)])
    func whole(way: Way, range: (offset: Int, length: Int)) async throws {
        try await withFile { path in
            let witness = Witness()
            try await withServer({ _, _ in
                let body = try? Self.body(way, path, range.offset, range.length)
                return Reply(
                    status: 200, body: body ?? .none, onEnd: { witness.note("\($0.bytes) \($0.isComplete)") })
            }) { port in
                let connection = try RawConnection(port: port)
                for _ in 0..<2 {
                    try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    let answer = try await connection.response()
                    #expect(answer.fields["Content-Length"] == "\(range.length)")
                    #expect(answer.body.elementsEqual(Self.bytes[range.offset..<range.offset + range.length]))
                }
            }
            #expect(witness.all == Array(repeating: "\(range.length) true", count: 2))
        }
    }

    @Test("parts of files and bytes make one body, in order")
    func chained() async throws {
        try await withFile { path in
            try await withServer({ _, _ in
                Reply(
                    status: 200,
                    body: .stream(length: 2_000_004) { writer in
                        try await writer.write([1, 2].span)
                        try await writer.write(Self.extent(path, 0, 1_000_000))
                        try await writer.write(Self.extent(path, 1_000_000, 1_000_000))
                        try await writer.write([3, 4].span)
                    })
            }) { port in
                let connection = try RawConnection(port: port)
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                let body = try await connection.response().body
                #expect(body.elementsEqual([1, 2] + Self.bytes[..<2_000_000] + [3, 4]))
            }
        }
    }

    @Test("the answer to HEAD has the length of the part")
    func head() async throws {
        try await withFile { path in
            try await withServer({ _, _ in
                Reply(status: 200, body: (try? .file(Self.extent(path, 5, 1000))) ?? .none)
            }) { port in
                let connection = try RawConnection(port: port)
                for _ in 0..<2 {
                    try await connection.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
                    #expect(try await connection.response(hasBody: false).fields["Content-Length"] == "1000")
                }
            }
        }
    }

    @Test("a file that is too short is a cut answer, never a short one", arguments: Way.allCases)
    func short(way: Way) async throws {
        try await withFile { path in
            let witness = Witness()
            try await withServer({ _, _ in
                let body = try? Self.body(way, path, 2_000_000, 1_000_001)
                return Reply(status: 200, body: body ?? .none, onEnd: { witness.note("\($0.isComplete)") })
            }) { port in
                let connection = try RawConnection(port: port)
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                let got = try await connection.rest()
                // Either nothing, or the promise of more than came.
                guard let end = got.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else {
                    #expect(got.isEmpty)
                    return
                }
                #expect(String(decoding: got[..<end], as: UTF8.self).contains("Content-Length: 1000001"))
                #expect(got.count - end < 1_000_001)
            }
            #expect(witness.all == ["false"])
        }
    }

    @Test("more of a file than was promised is refused")
    func long() async throws {
        try await withFile { path in
            let witness = Witness()
            try await withServer({ _, _ in
                Reply(
                    status: 200,
                    body: .stream(length: 100) { writer in
                        do {
                            try await writer.write(Self.extent(path, 0, 101))
                        } catch let error as ListenerError {
                            witness.note("\(error.kind)")
                            throw error
                        }
                    })
            }) { port in
                let connection = try RawConnection(port: port)
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await connection.rest()
            }
            #expect(witness.all == ["answerTooLong"])
        }
    }

    @Test("a file is sent to its end although its name is gone")
    func unlinked() async throws {
        try await withFile { path in
            let extent = try Self.extent(path, 0, 3_000_000)
            try Files.remove(path)
            try await withServer({ _, _ in Reply(status: 200, body: .file(extent)) }) { port in
                let connection = try RawConnection(port: port)
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.response().body.elementsEqual(Self.bytes))
            }
        }
    }

    @Test("a client that goes away in the middle of a file ends the answer", arguments: Way.allCases)
    func gone(way: Way) async throws {
        try await withFile { path in
            let witness = Witness()
            // Larger than what the sockets of both sides hold.
            let length = 200_000_000
            try Files.open(path, .update).resize(to: length)
            try await withServer({ _, _ in
                let body = try? Self.body(way, path, 0, length)
                return Reply(status: 200, body: body ?? .none, onEnd: { witness.note("\($0.isComplete)") })
            }) { port in
                let connection = try RawConnection(port: port)
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await connection.bytes(100_000)
                connection.abort()
                await witness.wait(for: "false")
            }
            #expect(witness.all == ["false"])
        }
    }
}
