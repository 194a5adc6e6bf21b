public import ByteStreams
import CryptoDigests
import HTTPMessages

/// Takes the pieces of a blob, in order.
public protocol PieceSink: ~Copyable {
    /// - Parameter bytes: What was read of the piece, damaged or not; nothing where it could not be read.
    mutating func take(_ piece: PieceReading, _ bytes: Span<UInt8>) async throws
}

/// What came of reading a piece.
public struct PieceReading: Sendable {
    public enum Outcome: Sendable {
        /// It has the digest that is written down; or there is none, and it has the right number of bytes.
        case asExpected
        case damaged
        /// The store cannot give these bytes.
        case unreadable(any Error)
    }

    public let index: Int
    /// Where it lies in the blob, in bytes.
    public let range: Range<Int>
    public let outcome: Outcome
    public let sum: BlobSum
    /// The SHA-256, where pieces have digests.
    public let digest: [UInt8]?

    var isAsExpected: Bool { if case .asExpected = outcome { true } else { false } }
}

/// Reads the pieces of a blob in parallel and hands them on in order, going on behind those that are damaged.
///
/// All are pinned to one state of the blob. Several readings may share a pool: each waits for memory only while it has
/// nothing under way.
public struct PieceReader: Sendable {
    private let store: any BlobStore
    private let pool: BlockPool
    private let meter: TransferMeter
    private let width: Int
    private let window: @Sendable () -> Int

    /// - Parameter window: As that of ``Downloader``.
    public init(
        store: any BlobStore, pool: BlockPool, budget: TransferBudget, meter: TransferMeter,
        window: @escaping @Sendable () -> Int = { .max }
    ) {
        self.store = store
        self.pool = pool
        self.meter = meter
        self.window = window
        width = budget.concurrency
    }

    /// Hands the pieces of those indices to `sink`.
    ///
    /// A piece that is damaged is read once more before it is called so. Throws what `sink` throws, `BlobStoreError` for
    /// what concerns more than one piece (the blob has changed, the store cannot be reached), or `CancellationError`.
    public func read(
        _ pieces: BlobPieces, in indices: Range<Int>, of blob: BlobName, tag: ETag,
        into sink: inout some PieceSink & ~Copyable
    ) async throws {
        var early: [Int: Arrival] = [:]
        try await withThrowingTaskGroup(of: Arrival.self) { group in
            var next = indices.lowerBound
            var due = indices.lowerBound
            while due < indices.upperBound {
                while next < indices.upperBound, next - due < width, next - due - early.count < max(1, window()),
                    let block = try await space(for: pieces[next], next == due)
                {
                    let (piece, index) = (pieces[next], next)
                    let box = Handover(block)
                    group.addTask { try await fetch(piece, at: index, of: blob, tag: tag, into: box.take()) }
                    next += 1
                }
                guard let arrival = early.removeValue(forKey: due) else {
                    guard let arrival = try await group.next() else { break }
                    early[arrival.reading.index] = arrival
                    continue
                }
                try Task.checkCancellation()
                try await arrival.block.withBytes { try await sink.take(arrival.reading, $0) }
                meter.addBlock(of: arrival.block.count)
                due += 1
            }
            precondition(due == indices.upperBound, "every piece is handed on or an error is thrown")
        }
    }

    /// A class, since a task group's results are copied.
    private final class Arrival: Sendable {
        let reading: PieceReading
        let block: Block

        init(_ reading: PieceReading, _ block: consuming Block) {
            self.reading = reading
            self.block = block
        }
    }

    private func space(for piece: BlobPieces.Piece, _ mayWait: Bool) async throws -> Block? {
        mayWait ? try await pool.lend(piece.range.count) : try pool.lendIfFree(piece.range.count)
    }

    /// Reads a piece; once more if it was damaged on the way, since it may be whole where it lies.
    private func fetch(
        _ piece: BlobPieces.Piece, at index: Int, of blob: BlobName, tag: ETag, into block: consuming Block
    ) async throws -> Arrival {
        var reading = try await attempt(piece, at: index, of: blob, tag: tag, into: &block)
        if !reading.isAsExpected {
            meter.addRetry()
            reading = try await attempt(piece, at: index, of: blob, tag: tag, into: &block)
        }
        return Arrival(reading, block)
    }

    private func attempt(
        _ piece: BlobPieces.Piece, at index: Int, of blob: BlobName, tag: ETag, into block: inout Block
    ) async throws -> PieceReading {
        block.removeAll()
        let failure = try await failure(reading: piece, of: blob, tag: tag, into: &block)
        if failure != nil { block.removeAll() }
        let (sum, digest) = block.withBytesNow { bytes in
            (BlobSum(bytes), piece.check.needsDigest ? Digest.of(bytes, .sha256) : nil)
        }
        let isWhole = block.count == piece.range.count && piece.check.allows(digest)
        return PieceReading(
            index: index, range: piece.range,
            outcome: failure.map { .unreadable($0) } ?? (isWhole ? .asExpected : .damaged), sum: sum, digest: digest)
    }

    /// Why these bytes alone cannot be read, if so.
    private func failure(
        reading piece: BlobPieces.Piece, of blob: BlobName, tag: ETag, into block: inout Block
    ) async throws -> (any Error)? {
        do {
            _ = try await block.withFreeSpace { buffer in
                try await store.read(blob, range: ByteRange(piece.range), if: .matching(tag), into: &buffer)
            }
            return nil
        } catch let error as BlobStoreError where error.concernsBytes {
            return error
        } catch let error as StreamError {
            return error
        }
    }
}

extension BlobStoreError {
    /// Whether it is about the bytes that were asked for, so that others of the same blob may be readable.
    public var concernsBytes: Bool {
        switch kind {
        case .corrupt, .digestMismatch, .invalidRange: true
        // A store of files that cannot read one of them; a service that fails has an answer, and fails for all.
        case .serverFailure: service == nil
        default: false
        }
    }
}
