public import ByteStreams

/// Where the body of an answer is written; waits while the client is slow.
///
/// Throws ``ListenerError`` once the client is gone.
public struct ReplyWriter: ~Copyable, ByteSink {
    private let exchange: Exchange
    /// What bytes pass before they are sent; `nil` lets them through.
    public var gate: ByteGate?

    init(of exchange: Exchange) { self.exchange = exchange }

    /// Lets `body` append to the connection's own buffer, which has room for at least one byte.
    ///
    /// What was appended before `body` threw is sent, too; the answer is cut behind it.
    public mutating func fill<Result>(
        _ body: (inout OutputSpan<UInt8>) async throws -> Result
    ) async throws -> Result {
        try await exchange.fillAnswer(through: gate, body)
    }

    public mutating func write(_ bytes: Span<UInt8>) async throws {
        guard let gate else { return try await send(bytes) }
        var rest = bytes
        while !rest.isEmpty {
            let passing = try await gate(rest.count)
            try await send(rest.extracting(first: passing))
            rest = rest.extracting(droppingFirst: passing)
        }
    }

    private func send(_ bytes: Span<UInt8>) async throws {
        var rest = bytes
        while true {
            let taken = try exchange.giveAnswer(rest)
            rest = rest.extracting(droppingFirst: taken)
            guard !rest.isEmpty else { return }
            await exchange.waitForRoom()
        }
    }
}
