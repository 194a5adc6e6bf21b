public import ByteStreams

/// The bytes of a request's body, read as they arrive.
///
/// A client that goes away in the middle, or sends less than it promised, makes the read throw ``ListenerError``:
/// a good end means that the whole body was there.
public struct RequestBody: ~Copyable, ByteSource {
    private let exchange: Exchange
    public let length: ListenerRequest.Length
    private var isTaken = false
    /// What bytes pass before they are read; `nil` lets them through as they come.
    public var gate: ByteGate?

    init(of exchange: Exchange, length: ListenerRequest.Length) {
        self.exchange = exchange
        self.length = length
    }

    /// Hands the rest of the body to something that keeps its source; nothing more can be read here then.
    public mutating func take() -> RequestBody {
        precondition(!isTaken, "a body is taken once")
        isTaken = true
        var body = RequestBody(of: exchange, length: length)
        body.gate = gate
        return body
    }

    public mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        guard !isTaken, buffer.freeCapacity > 0 else { return }
        var limit = buffer.freeCapacity
        if let gate {
            let here = try await exchange.waitForBody()
            guard here > 0 else { return }
            limit = try await gate(min(here, limit))
        }
        try await exchange.receive(into: &buffer, limit: limit)
    }
}
