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

    /// The schedule whose largest block leaves room for at least three in `memory`.
    ///
    /// 8 MiB to start with was measured best at 60 MB/s and 30 ms per request; half where memory is tight.
    public init(memory: ByteCount) {
        var smallest = 8 << 20
        while smallest > Self.leastBlock, smallest * 4 > memory.bytes { smallest /= 2 }
        var largest = smallest
        while largest * 2 * 3 <= memory.bytes, largest * 2 <= BlobLimits.block { largest *= 2 }
        self.init(smallest: smallest, largest: largest)
    }

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
