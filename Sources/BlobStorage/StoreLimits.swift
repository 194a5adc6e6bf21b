/// How much a store takes; smaller than the service's limits only in tests.
public struct StoreLimits: Sendable, Equatable {
    /// The largest block, in bytes.
    public var block: Int
    /// The most blocks of a committed blob.
    public var blocks: Int
    /// The most uncommitted blocks of a blob.
    public var uncommittedBlocks: Int
    /// The largest blob written in one step, in bytes.
    public var put: Int

    public init(block: Int, blocks: Int, uncommittedBlocks: Int, put: Int) {
        self.block = block
        self.blocks = blocks
        self.uncommittedBlocks = uncommittedBlocks
        self.put = put
    }

    /// The limits of the service: ``BlobLimits``.
    public static let service = StoreLimits(
        block: BlobLimits.block, blocks: BlobLimits.blocks, uncommittedBlocks: BlobLimits.uncommittedBlocks,
        put: BlobLimits.put)

    /// Why a block of that many bytes cannot be staged, or `nil` if it can; the service refuses empty blocks.
    public func refusal(ofBlock bytes: Int) -> BlobStoreError.Kind? {
        if bytes < 1 { return .badRequest }
        return bytes > block ? .tooLarge : nil
    }

    /// Why a blob of that many bytes cannot be put, or `nil` if it can.
    public func refusal(ofPut bytes: Int) -> BlobStoreError.Kind? {
        if bytes < 0 { return .badRequest }
        return bytes > put ? .tooLarge : nil
    }
}
