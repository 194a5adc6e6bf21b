public import Diagnostics

/// How large each block of a stream of unknown length is.
///
/// Blocks start small, so that a short stream is cut finely enough to be sent in parallel, and double every
/// `blocksPerStep` blocks up to `largest`, so that the 50,000 of a blob reach far. Sizes may differ freely within a blob.
public struct BlockSchedule: Sendable, Equatable {
    /// In bytes.
    public let smallest: Int
    /// In bytes; `smallest` times a power of two.
    public let largest: Int

    /// The most blocks of one blob; fewer than the service takes only in tests.
    public let blocks: Int

    /// A tenth of the blocks that a blob may have, so that growth is over long before they run out.
    var blocksPerStep: Int { max(1, blocks / 10) }
    /// No block begins smaller, in bytes, however little memory there is: 64 KiB.
    static let leastBlock = 64 << 10

    /// The schedule whose largest block leaves room in `memory` for at least three, and for one more than there are
    /// streams.
    ///
    /// A stream that falls silent keeps the block that it fills. With room for fewer blocks, one that could go on would
    /// wait for those that others keep, and these perhaps for it.
    ///
    /// 8 MiB to start with was measured best at 60 MB/s and 30 ms per request; half where memory is tight, so that about
    /// as many are being sent as filled.
    ///
    /// - Parameter streams: How many are staged at once.
    public init(memory: ByteCount, streams: Int = 1) {
        let room = Self.room(streams: streams)
        var smallest = 8 << 20
        while smallest > Self.leastBlock, smallest * 2 * (streams + 1) > memory.bytes { smallest /= 2 }
        var largest = smallest
        while largest * 2 * room <= memory.bytes, largest * 2 <= BlobLimits.block { largest *= 2 }
        self.init(smallest: smallest, largest: largest)
    }

    /// How many of the largest blocks must have room.
    private static func room(streams: Int) -> Int { max(3, streams + 1) }

    /// The least memory for so many streams, in bytes.
    static func leastMemory(streams: Int) -> Int { max(1 << 20, room(streams: streams) * leastBlock) }

    public init(smallest: Int, largest: Int, blocks: Int = BlobLimits.blocks) {
        self.smallest = smallest
        self.largest = largest
        self.blocks = blocks
    }

    /// The size of the block with that index, in bytes.
    public func size(of index: Int) -> Int {
        let steps = min(index / blocksPerStep, Int.bitWidth - smallest.leadingZeroBitCount)
        let shift = min(steps, largest.trailingZeroBitCount - smallest.trailingZeroBitCount)
        return smallest << max(0, shift)
    }

    /// Throws ``TransferError`` of kind `hintBeyondCap` if a stream of that size could not be stored.
    public func requireRoom(for size: Int) throws(TransferError) {
        let cap = cap
        guard size <= cap else { throw TransferError(kind: .hintBeyondCap(hint: size, cap: cap)) }
    }

    /// The longest stream that fits in one blob, in bytes.
    public var cap: Int {
        stride(from: 0, to: blocks, by: blocksPerStep)
            .reduce(0) { $0 + size(of: $1) * min(blocksPerStep, blocks - $1) }
    }
}
