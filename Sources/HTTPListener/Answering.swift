import Synchronization

/// An exchange whose answer is written as the client takes it.
final class Answering: Sendable {
    /// Room for all such answers together, in bytes, as long as each has the least.
    private static let room = 16 << 20
    /// The most and the least room for one answer, in bytes.
    private static let most = 256 << 10
    private static let least = 16 << 10

    let exchange: Exchange
    let connection: Connection
    /// How much room the answer may have, in bytes: less the more there are, so that slow clients do not add up.
    let share: Int

    init(_ exchange: Exchange, _ connection: Connection) {
        self.exchange = exchange
        self.connection = connection
        let others = exchange.daemon.answers.add(1, ordering: .relaxed).oldValue
        share = max(Self.least, min(Self.most, Self.room / (others + 1)))
    }

    deinit { exchange.daemon.answers.subtract(1, ordering: .relaxed) }
}
