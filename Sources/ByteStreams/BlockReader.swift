/// Cuts a source into blocks on loan from a pool.
public struct BlockReader<Source: ByteSource & ~Copyable>: ~Copyable {
    private var source: Source
    private let pool: BlockPool
    private let size: @Sendable (_ index: Int) -> Int
    private var index = 0

    /// Bytes read so far.
    public private(set) var position = 0

    /// - Parameter size: The size of the block with that index, in bytes, at least 1.
    public init(_ source: consuming Source, pool: BlockPool, size: @escaping @Sendable (_ index: Int) -> Int) {
        self.source = source
        self.pool = pool
        self.size = size
    }

    /// The next block, full unless it is the last, or `nil` once the source has ended well.
    ///
    /// Waits while all blocks are out. Throws what the source throws; the bytes of an unfinished block are dropped.
    public mutating func next() async throws -> Block? {
        var block = try await pool.lend(size(index))
        var ended = false
        while !block.isFull, !ended {
            let before = block.count
            try await block.withFreeSpace { try await source.read(into: &$0) }
            ended = block.count == before
        }
        guard !block.isEmpty else { return nil }
        index += 1
        position += block.count
        return block
    }
}

extension BlockReader: Sendable where Source: Sendable & ~Copyable {}
