public import ByteStreams

/// The bytes of a request's body, read as they arrive.
///
/// A client that goes away in the middle, or sends less than it promised, makes the read throw ``ListenerError``:
/// a good end means that the whole body was there.
public struct RequestBody: ~Copyable, ByteSource {
    private enum Origin {
        case exchange(Exchange)
        /// What is left of bytes that are there, and how many should be.
        case memory(ArraySlice<UInt8>, missing: Int)
    }

    private var origin: Origin
    public let length: ListenerRequest.Length
    private var isTaken = false
    /// What bytes pass before they are read; `nil` lets them through as they come.
    public var gate: ByteGate?

    init(of exchange: Exchange, length: ListenerRequest.Length) { self.init(.exchange(exchange), length: length) }

    /// A body that came without a connection, for handlers that are called without a listener.
    ///
    /// What is beyond `length` belongs to nobody; where bytes are missing, the client has gone away.
    init(_ bytes: [UInt8], length: ListenerRequest.Length) {
        switch length {
        case .absent: self.init(.memory([], missing: 0), length: length)
        case .chunked: self.init(.memory(bytes[...], missing: 0), length: length)
        case .known(let count):
            self.init(.memory(bytes.prefix(count), missing: max(0, count - bytes.count)), length: length)
        }
    }

    private init(_ origin: Origin, length: ListenerRequest.Length) {
        self.origin = origin
        self.length = length
    }

    /// Hands the rest of the body to something that keeps its source; nothing more can be read here then.
    public mutating func take() -> RequestBody {
        precondition(!isTaken, "a body is taken once")
        isTaken = true
        var body = RequestBody(origin, length: length)
        body.gate = gate
        return body
    }

    public mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        guard !isTaken, buffer.freeCapacity > 0 else { return }
        var limit = buffer.freeCapacity
        if let gate {
            let here = try await waitForBytes()
            guard here > 0 else { return }
            limit = try await gate(min(here, limit))
        }
        switch origin {
        case .exchange(let exchange): try await exchange.receive(into: &buffer, limit: limit)
        case .memory(let bytes, let missing):
            guard !bytes.isEmpty || missing == 0 else { throw ListenerError(.clientGone) }
            for byte in bytes.prefix(limit) { buffer.append(byte) }
            origin = .memory(bytes.dropFirst(limit), missing: missing)
        }
    }

    private func waitForBytes() async throws(ListenerError) -> Int {
        switch origin {
        case .exchange(let exchange): return try await exchange.waitForBody()
        case .memory(let bytes, let missing):
            guard !bytes.isEmpty || missing == 0 else { throw ListenerError(.clientGone) }
            return bytes.count
        }
    }
}
