public import ByteStreams
import CryptoDigests
import Synchronization

/// Stages streams as blocks, in parallel, within the memory of a pool.
///
/// Nothing it does is visible until ``commit(_:attributes:if:)``, which its caller calls once the stream is proved
/// complete.
public struct Uploader: Sendable {
    public let store: any BlobStore
    private let pool: BlockPool
    private let schedule: BlockSchedule
    private let meter: TransferMeter
    private let computesDigests: Bool
    private let window: @Sendable () -> Int

    /// - Parameters:
    ///   - computesDigests: Whether the SHA-256 of every piece is wanted; it costs more than everything else.
    ///   - window: How many blocks are worth having in memory now; more than are being sent only take room.
    public init(
        store: any BlobStore, pool: BlockPool, schedule: BlockSchedule, meter: TransferMeter, computesDigests: Bool,
        window: @escaping @Sendable () -> Int = { .max }
    ) {
        self.store = store
        self.pool = pool
        self.schedule = schedule
        self.meter = meter
        self.computesDigests = computesDigests
        self.window = window
    }

    /// Stages a whole stream behind what `staged` holds already.
    ///
    /// Throws what the source throws, what the store throws, ``TransferError`` where the blocks run out. After a
    /// failure nothing is visible, and every lease is back.
    public func stage(_ source: consuming some ByteSource & Sendable & ~Copyable, into staged: inout StagedBlob)
        async throws
    {
        let numbers = BlockNumbers(from: staged.stagedBlocks)
        staged.append(try await stageRun(source, of: staged.name, token: staged.token, numbers: numbers))
    }

    /// Stages bytes that are in memory already behind what `staged` holds, as one block, without memory of the pool.
    ///
    /// For small blobs, of which many are staged at once.
    public func stage(_ bytes: [UInt8], into staged: inout StagedBlob) async throws {
        precondition(bytes.count <= PieceDigests.largestPiece, "a small blob is one piece")
        let pieceSize = min(schedule.smallest, PieceDigests.largestPiece)
        var ids: [BlockID] = []
        if !bytes.isEmpty {
            let id = BlockID(index: staged.stagedBlocks, attempt: 1, token: staged.token)
            ids.append(id)
            try await store.stage(bytes.span, as: id, of: staged.name)
            meter.addBlock(of: bytes.count)
        }
        staged.append(
            StagedRun(
                ids: ids, sum: BlobSum(bytes.span), size: bytes.count, pieceSize: pieceSize,
                digests: computesDigests ? PieceDigests.digests(of: bytes.span, pieceSize: pieceSize) : nil))
    }

    /// Stages a stream that is a part of a blob, beside others that are staged at the same time.
    ///
    /// Where it stands in the blob is decided by ``StagedBlob/append(_:)``.
    ///
    /// - Parameter numbers: The same for all parts that are appended to `staged`, which holds none of them yet.
    public func stageApart(
        _ source: consuming some ByteSource & Sendable & ~Copyable, of staged: StagedBlob, numbers: BlockNumbers
    ) async throws -> StagedRun {
        try await stageRun(source, of: staged.name, token: staged.token, numbers: numbers)
    }

    /// Stages a stream that comes last but stands first in the blob, such as a table of contents.
    public func stageInFront(
        _ source: consuming some ByteSource & Sendable & ~Copyable, of staged: inout StagedBlob
    ) async throws {
        let numbers = BlockNumbers(from: staged.stagedBlocks)
        staged.prepend(try await stageRun(source, of: staged.name, token: staged.token, numbers: numbers))
    }

    /// Makes the blob of what was staged, all at once.
    ///
    /// The upload token goes into the metadata, so that a commit whose answer was lost can be recognised.
    public func commit(
        _ staged: StagedBlob, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        var attributes = attributes
        attributes.metadata[UploadToken.metadataName] = staged.token.text
        attributes.metadata[BlobSum.metadataName] = staged.sum.text
        attributes.metadata[BlobDigest.metadataName] = staged.digest?.text
        let blocks = staged.blocks.map { BlockReference($0, .uncommitted) }
        return try await store.commit(blocks, to: staged.name, attributes: attributes, if: condition)
    }

    private func stageRun<Source: ByteSource & Sendable & ~Copyable>(
        _ source: consuming Source, of name: BlobName, token: UploadToken, numbers: BlockNumbers
    ) async throws -> StagedRun {
        let schedule = schedule
        let pieceSize = min(schedule.smallest, PieceDigests.largestPiece)
        let records = BlockRecords()
        let reader = Handover(BlockReader(source, pool: pool) { _ in schedule.size(of: numbers.next) })
        var ids: [BlockID] = []
        var unstaged = 0
        var size: Int?
        // Reading is a task beside those that stage: when one of them fails, it is cancelled even while its source is
        // silent.
        try await withThrowingTaskGroup(of: Step<Source>.self) { group in
            var idle: Handover<BlockReader<Source>>? = reader
            repeat {
                if let reader = idle, unstaged < max(1, window()) {
                    idle = nil
                    group.addTask { try await Step<Source>.read(reader.take()) }
                }
                switch try await group.next() {
                case nil: return
                case .staged: unstaged -= 1
                case .ended(let position): size = position
                case .read(let block, let reader):
                    let index = ids.count
                    let number = numbers.take()
                    guard number < schedule.blocks else {
                        throw TransferError(kind: .streamTooLong(cap: schedule.cap))
                    }
                    let id = BlockID(index: number, attempt: 1, token: token)
                    ids.append(id)
                    group.addTask {
                        try await stage(
                            block.take(), at: index, as: id, of: name, pieceSize: pieceSize, records: records)
                        return .staged
                    }
                    unstaged += 1
                    idle = reader
                }
            } while true
        }
        try Task.checkCancellation()
        guard let size else { preconditionFailure("a stream ends well or its reading throws") }
        return StagedRun(
            ids: ids, sum: records.sum, size: size, pieceSize: pieceSize,
            digests: computesDigests ? records.digests : nil)
    }

    /// What one task of a run has done.
    private enum Step<Source: ByteSource & Sendable & ~Copyable>: Sendable {
        /// A block, and the reader that reads the next.
        case read(Handover<Block>, Handover<BlockReader<Source>>)
        /// The source has ended well after that many bytes.
        case ended(Int)
        case staged

        static func read(_ reader: consuming BlockReader<Source>) async throws -> Self {
            guard let block = try await reader.next() else { return .ended(reader.position) }
            return .read(Handover(block), Handover(reader))
        }
    }

    private func stage(
        _ block: borrowing Block, at index: Int, as id: BlockID, of name: BlobName, pieceSize: Int,
        records: BlockRecords
    ) async throws {
        try await block.withBytes { bytes in
            records.add(
                BlockRecord(
                    sum: BlobSum(bytes),
                    digests: computesDigests ? PieceDigests.digests(of: bytes, pieceSize: pieceSize) : []),
                at: index)
            try await store.stage(bytes, as: id, of: name)
            meter.addBlock(of: bytes.count)
        }
    }
}

/// The numbers of a blob's blocks, which are taken by whoever stages the next.
public final class BlockNumbers: Sendable {
    private let state: Mutex<Int>

    public init(from first: Int = 0) { state = Mutex(first) }

    /// The number that is taken next.
    var next: Int { state.withLock { $0 } }

    func take() -> Int {
        state.withLock { next in
            defer { next += 1 }
            return next
        }
    }
}

/// A stream that was staged: blocks in a row.
public struct StagedRun: Sendable {
    let ids: [BlockID]
    let sum: BlobSum
    /// In bytes.
    public let size: Int
    let pieceSize: Int
    /// `nil` if they were not wanted.
    let digests: [UInt8]?
}

/// A blob whose blocks are staged and which does not exist yet.
public struct StagedBlob: Sendable {
    public let name: BlobName
    public let token: UploadToken
    private var runs: [StagedRun] = []

    public init(name: BlobName, token: UploadToken) {
        self.name = name
        self.token = token
    }

    /// In bytes.
    public var size: Int { runs.reduce(0) { $0 + $1.size } }

    /// The blocks in the order of the blob.
    public var blocks: [BlockID] { runs.flatMap(\.ids) }

    /// The SHA-256 of every piece, in the order of the blob; `nil` if they were not computed.
    public var pieces: PieceDigests? {
        var pieces = PieceDigests()
        for run in runs {
            guard let digests = run.digests else { return nil }
            pieces.append(length: run.size, pieceSize: run.pieceSize, digests: digests)
        }
        return pieces
    }

    /// The SHA-256 of the whole blob; `nil` if none was computed, or its pieces are of several sizes.
    public var digest: BlobDigest? { pieces.flatMap { BlobDigest($0) } }

    /// The CRC-64 of the whole blob.
    public var sum: BlobSum { runs.reduce(BlobSum()) { $0 + $1.sum } }

    var stagedBlocks: Int { runs.reduce(0) { $0 + $1.ids.count } }

    /// Puts a stream that was staged behind what it holds.
    public mutating func append(_ run: StagedRun) { runs.append(run) }
    mutating func prepend(_ run: StagedRun) { runs.insert(run, at: 0) }
}

/// What is known of one block.
private struct BlockRecord: Sendable {
    let sum: BlobSum
    /// The SHA-256 of its pieces, if they were wanted.
    let digests: [UInt8]
}

/// Records that arrive in any order.
private final class BlockRecords: Sendable {
    private let state = Mutex<[Int: BlockRecord]>([:])

    func add(_ record: BlockRecord, at index: Int) { state.withLock { $0[index] = record } }

    private var inOrder: [BlockRecord] {
        state.withLock { state in state.keys.sorted().compactMap { state[$0] } }
    }

    var digests: [UInt8] { inOrder.flatMap(\.digests) }
    var sum: BlobSum { inOrder.reduce(BlobSum()) { $0 + $1.sum } }
}
