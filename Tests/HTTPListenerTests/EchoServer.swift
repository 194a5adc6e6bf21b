import ByteStreams
import HTTPListener
import HTTPMessages
import Synchronization
import SystemCalls

/// What the tests' handlers saw.
final class Witness: Sendable {
    private let events = Monitor<[String]>([])

    func note(_ event: String) { events.update { $0.append(event) } }

    var all: [String] { events.update { $0 } }

    /// Waits, on a thread that may block, until an event of that name has been noted or the test has run out of time.
    func wait(for event: String) async {
        await withTaskCancellationHandler {
            _ = await ThreadPool(name: "witness", width: 1).run {
                events.wait { $0.contains(event) || $0.contains("out of time") ? true : nil }
            }
        } onCancel: {
            note("out of time")
        }
    }
}

/// Reads a body to its end.
func collect(_ body: inout RequestBody, limit: Int = 64 << 20) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
        let piece = try await [UInt8].filled(capacity: 100_000) { try await body.read(into: &$0) }
        guard !piece.isEmpty else { return bytes }
        bytes += piece
    }
}

/// Answers the target for GET and HEAD, and the body for PUT.
@Sendable func echo(_ request: ListenerRequest, _ body: inout RequestBody) async -> Reply {
    guard request.method == "PUT" else { return Reply(status: 200, body: .bytes(Array(request.target.utf8))) }
    do {
        return Reply(status: 201, fields: ["X-Length": "\(request.length)"], body: .bytes(try await collect(&body)))
    } catch {
        return Reply(status: 500)
    }
}

/// Listens with a handler while `body` talks to it over one connection.
func withServer<Output>(
    limits: ListenerLimits = ListenerLimits(drain: .seconds(5)), _ handler: @escaping ListenerHandler = echo,
    body: (_ port: Int) async throws -> Output
) async throws -> Output {
    try await withHTTPListener(host: "127.0.0.1", port: 0, limits: limits, handler: handler) { address in
        try await body(address.port)
    }
}
