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
    ///   - fixed: The requests that are wanted at once; `nil` lets the depth find itself, up to as many as have room for
    ///     a block each.
    ///   - streams: How many are staged at once, each of which keeps a block while it waits for its source.
    ///
    /// Throws ``TransferError`` of kind `tooLittleMemory`, with the arithmetic, where the blocks do not fit.
    public init(
        memory all: ByteCount, aside: ByteCount = ByteCount(0), concurrency fixed: Int?, streams: Int = 1
    ) throws(TransferError) {
        precondition(streams > 0, "a transfer has a stream")
        let memory = ByteCount(max(0, all.bytes - aside.bytes))
        let concurrency = fixed ?? Self.room(in: memory, streams: streams)
        precondition(concurrency > 0, "a transfer needs a thread")
        let threads = concurrency * Self.perThread.bytes
        let rest = memory.bytes - threads
        let least = BlockSchedule.leastMemory(streams: streams)
        guard rest >= least else {
            throw TransferError(
                kind: .tooLittleMemory(memory: all.bytes, aside: aside.bytes, threads: concurrency, blocks: least))
        }
        self.concurrency = concurrency
        isConcurrencyFixed = fixed != nil
        blocks = ByteCount(rest)
        schedule = BlockSchedule(memory: ByteCount(rest), streams: streams)
    }

    /// How many requests have room: each needs a block and its thread's share, and one block more than there are streams
    /// is being filled.
    private static func room(in memory: ByteCount, streams: Int) -> Int {
        let block = BlockSchedule(memory: memory, streams: streams).smallest
        return max(1, min(mostConnections, (memory.bytes - (streams + 1) * block) / (block + perThread.bytes)))
    }

    /// What decides how many requests are under way.
    public var depth: DepthController {
        DepthController(
            limits: isConcurrencyFixed ? concurrency...concurrency : 1...concurrency, start: Self.firstDepth)
    }
}
