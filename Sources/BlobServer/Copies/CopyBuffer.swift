import ByteStreams

/// Leave to hold a piece of a source in memory, given back when the last who has it lets go.
final class CopyBuffer: Sendable {
    /// The most that a piece may have, in bytes.
    static let most = 4 << 20
    /// The same when many copies are made at once.
    static let least = 256 << 10

    private let grant: BufferGrant

    init(_ allowance: BufferAllowance) { grant = allowance.take(Self.most, least: Self.least) }

    /// How large a piece may be.
    var bytes: Int { grant.bytes }
}
