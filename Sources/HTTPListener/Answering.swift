import ByteStreams

/// An exchange whose answer is written as the client takes it.
final class Answering: Sendable {
    /// The most and the least room for one answer, in bytes.
    private static let most = 256 << 10
    private static let least = 16 << 10

    let exchange: Exchange
    let connection: Connection
    /// How much room the answer may have.
    let room: BufferGrant

    init(_ exchange: Exchange, _ connection: Connection) {
        self.exchange = exchange
        self.connection = connection
        room = exchange.daemon.answers.take(Self.most, least: Self.least)
    }
}
