public import Diagnostics

/// How one number for memory and one for concurrency are spent on the parts of a transfer.
public struct TransferBudget: Sendable, Equatable {
    /// Requests under way at once, each on a thread of its own.
    public let concurrency: Int
    /// Bytes for blocks.
    public let blocks: ByteCount
    public let schedule: BlockSchedule

    /// What a thread that speaks HTTP needs beside its block: the client library's buffers and the stack in use.
    static let perThread = ByteCount.mebibytes(1)

    public static let defaultMemory = ByteCount.mebibytes(256)
    public static let defaultConcurrency = 8

    /// Throws ``TransferError`` of kind `tooLittleMemory`, with the arithmetic, where two blocks do not fit.
    public init(memory: ByteCount, concurrency: Int) throws(TransferError) {
        precondition(concurrency > 0, "a transfer needs a thread")
        let threads = concurrency * Self.perThread.bytes
        let rest = memory.bytes - threads
        guard rest >= 1 << 20 else {
            throw TransferError(kind: .tooLittleMemory(memory: memory.bytes, threads: concurrency))
        }
        self.concurrency = concurrency
        blocks = ByteCount(rest)
        schedule = BlockSchedule(memory: ByteCount(rest))
    }
}
