public import ByteStreams

/// Where the body of an answer is written; waits while the client is slow.
///
/// Throws ``ListenerError`` once the client is gone.
public struct ReplyWriter: ~Copyable, ByteSink {
    private let exchange: Exchange

    init(of exchange: Exchange) { self.exchange = exchange }

    public mutating func write(_ bytes: Span<UInt8>) async throws {
        var rest = bytes
        while true {
            let taken = try exchange.giveAnswer(rest)
            rest = rest.extracting(droppingFirst: taken)
            guard !rest.isEmpty else { return }
            await exchange.waitForRoom()
        }
    }
}
