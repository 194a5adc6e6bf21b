public import Diagnostics

/// How one number for memory and one for concurrency are spent on the parts of a transfer.
public struct TransferBudget: Sendable, Equatable {
    /// The most requests under way at once, each on a thread of its own.
    public let concurrency: Int
    /// True if that many are wanted, no more and no fewer.
    public let isConcurrencyFixed: Bool
    /// Bytes for blocks.
    public let blocks: ByteCount
    public let schedule: BlockSchedule

    /// What a thread that speaks HTTP needs beside its block: the client library's buffers and the stack in use.
    static let perThread = ByteCount.mebibytes(1)

    public static let defaultMemory = ByteCount.mebibytes(256)
    /// Where a depth that finds itself begins.
    static let firstDepth = 8
    /// More connections than this have never been seen to help one process.
    static let mostConnections = 64

    /// - Parameters:
    ///   - all: For everything.
    ///   - aside: What of it compressing takes.
    ///   - fixed: The requests that are wanted at once; `nil` lets the depth find itself, up to as many as have room for a
    ///     block each.
    ///
    /// Throws ``TransferError`` of kind `tooLittleMemory`, with the arithmetic, where no block fits.
    public init(
        memory all: ByteCount, aside: ByteCount = ByteCount(0), concurrency fixed: Int?
    ) throws(TransferError) {
        let memory = ByteCount(max(0, all.bytes - aside.bytes))
        let concurrency = fixed ?? Self.room(in: memory)
        precondition(concurrency > 0, "a transfer needs a thread")
        let threads = concurrency * Self.perThread.bytes
        let rest = memory.bytes - threads
        guard rest >= 1 << 20 else {
            throw TransferError(kind: .tooLittleMemory(memory: all.bytes, aside: aside.bytes, threads: concurrency))
        }
        self.concurrency = concurrency
        isConcurrencyFixed = fixed != nil
        blocks = ByteCount(rest)
        schedule = BlockSchedule(memory: ByteCount(rest))
    }

    /// How many requests have room: each needs a block and its thread's share, and two more blocks are being filled.
    private static func room(in memory: ByteCount) -> Int {
        let block = BlockSchedule(memory: memory).smallest
        return max(1, min(mostConnections, (memory.bytes - 2 * block) / (block + perThread.bytes)))
    }

    /// What decides how many requests are under way.
    public var depth: DepthController {
        DepthController(
            limits: isConcurrencyFixed ? concurrency...concurrency : 1...concurrency, start: Self.firstDepth)
    }
}
