public import ByteStreams
import CryptoDigests
import HTTPMessages

/// Reads blobs in parallel ranges and hands their bytes on in order, within the memory of a pool.
///
/// All ranges are pinned to the state of the first: a blob that changes in the middle is an error.
public struct Downloader: Sendable {
    public let store: any BlobStore
    private let pool: BlockPool
    private let meter: TransferMeter
    /// Ranges under way at once.
    private let width: Int
    /// The size of a range where no pieces are known, in bytes.
    private let pieceSize: Int

    public init(store: any BlobStore, pool: BlockPool, budget: TransferBudget, meter: TransferMeter) {
        self.store = store
        self.pool = pool
        self.meter = meter
        width = budget.concurrency
        pieceSize = min(budget.schedule.smallest, PieceDigests.largestPiece)
    }

    /// Writes the bytes of a blob to `sink`, and answers its state.
    ///
    /// - Parameter pieces: The digests to check against, if there are any; every piece is checked before it is handed
    ///   on, and read again once if it is damaged; the blob's size is checked before anything is handed on.
    ///
    /// Throws what store and sink throw, ``TransferError`` for bytes that are not what they should be.
    public func download(
        _ blob: BlobName, pieces: PieceDigests? = nil, into sink: inout some ByteSink & ~Copyable
    ) async throws -> BlobProperties {
        var first: Block?
        let state = try await begin(blob, pieces: pieces, into: &first)
        if let pieces, pieces.size != state.size {
            throw TransferError(kind: .wrongSize(blob: blob.text, expected: pieces.size, found: state.size))
        }
        let sum = try await deliver(
            parts(of: state.size, pieces: pieces), of: blob, state: state, first: first, to: &sink)
        if let text = state.attributes.metadata(named: BlobSum.metadataName), text != sum.text {
            throw TransferError(kind: .damaged(blob: blob.text, range: 0..<state.size))
        }
        return state
    }

    /// Reads the first part and learns the blob's state from the same answer: a small blob takes one request.
    private func begin(
        _ blob: BlobName, pieces: PieceDigests?, into first: inout Block?
    ) async throws -> BlobProperties {
        let size = pieces?.pieces.first?.range.count ?? pieceSize
        var block = try await pool.lend(size)
        do {
            let state = try await block.withFreeSpace { buffer in
                try await store.read(blob, range: ByteRange(0..<size), if: .always, into: &buffer)
            }
            first = consume block
            return state
        } catch let error as BlobStoreError where error.kind == .invalidRange {
            // An empty blob has no range to read.
            let state = try await store.properties(of: blob, if: .always)
            // Somebody has made it longer in between.
            guard state.size == 0 else { throw BlobStoreError(.conditionNotMet, subject: error.subject) }
            return state
        }
    }

    /// The bytes of one run of a blob, checked for their number only.
    public func bytes(of blob: BlobName, in range: Range<Int>, state: BlobProperties) async throws -> [UInt8] {
        var sink = MemorySink(limit: range.count)
        let parts = cut(range).map { Part(range: $0, digest: nil) }
        _ = try await deliver(parts, of: blob, state: state, first: nil, to: &sink)
        return sink.bytes
    }

    private struct Part: Sendable {
        let range: Range<Int>
        let digest: [UInt8]?
    }

    private func parts(of size: Int, pieces: PieceDigests?) -> [Part] {
        if let pieces { return pieces.pieces.map { Part(range: $0.range, digest: $0.digest) } }
        return cut(0..<size).map { Part(range: $0, digest: nil) }
    }

    private func cut(_ range: Range<Int>) -> [Range<Int>] {
        stride(from: range.lowerBound, to: range.upperBound, by: pieceSize).map {
            $0..<min($0 + pieceSize, range.upperBound)
        }
    }

    /// The checked bytes of the part of that index; a class, since a task group's results are copied.
    private final class Arrival: Sendable {
        let index: Int
        let block: Block
        let sum: BlobSum

        init(at index: Int, _ block: consuming Block, sum: BlobSum) {
            self.index = index
            self.block = block
            self.sum = sum
        }
    }

    /// The sum of a part, or `nil` if what came is not the part.
    private static func sum(of part: Part, in block: borrowing Block) -> BlobSum? {
        guard block.count == part.range.count else { return nil }
        return block.withBytesNow { bytes in
            if let digest = part.digest, digest != Digest.of(bytes, .sha256) { return nil }
            return BlobSum(bytes)
        }
    }

    /// Hands the parts on in order, and answers the sum of them all.
    ///
    /// - Parameter first: The block of the first part, if it has been read already.
    private func deliver(
        _ parts: [Part], of blob: BlobName, state: BlobProperties, first: consuming Block?,
        to sink: inout some ByteSink & ~Copyable
    ) async throws -> BlobSum {
        var early: [Int: Arrival] = [:]
        if let first, let part = parts.first {
            // Otherwise it is given back and read again.
            if let sum = Self.sum(of: part, in: first) { early[0] = Arrival(at: 0, first, sum: sum) }
        }
        return try await withThrowingTaskGroup(of: Arrival.self) { group in
            var sum = BlobSum()
            var next = early.count  // the part to ask for
            var due = 0  // the part to hand on
            while due < parts.count {
                while next < parts.count, next - due < width, let block = try await space(for: parts[next], next == due)
                {
                    let (part, index) = (parts[next], next)
                    let box = Handover(block)
                    group.addTask { try await fetch(part, at: index, of: blob, state: state, into: box.take()) }
                    next += 1
                }
                while early[due] == nil, let arrival = try await group.next() { early[arrival.index] = arrival }
                guard let arrival = early.removeValue(forKey: due) else { break }
                try await arrival.block.withBytes { try await sink.write($0) }
                meter.addBlock(of: arrival.block.count)
                sum = sum + arrival.sum
                due += 1
            }
            precondition(due == parts.count, "every part is handed on or an error is thrown")
            return sum
        }
    }

    /// A block for a part; waits for it only when nothing else is under way, since what is under way holds the memory.
    private func space(for part: Part, _ mayWait: Bool) async throws -> Block? {
        mayWait ? try await pool.lend(part.range.count) : try pool.lendIfFree(part.range.count)
    }

    /// Reads a part; once more if it was damaged on the way, since it may be whole where it lies.
    private func fetch(
        _ part: Part, at index: Int, of blob: BlobName, state: BlobProperties, into block: consuming Block
    ) async throws -> Arrival {
        try await read(part, of: blob, state: state, into: &block)
        var sum = Self.sum(of: part, in: block)
        if sum == nil {
            meter.addRetry()
            block.removeAll()
            try await read(part, of: blob, state: state, into: &block)
            sum = Self.sum(of: part, in: block)
        }
        guard let sum else { throw TransferError(kind: .damaged(blob: blob.text, range: part.range)) }
        return Arrival(at: index, block, sum: sum)
    }

    private func read(
        _ part: Part, of blob: BlobName, state: BlobProperties, into block: inout Block
    ) async throws {
        _ = try await block.withFreeSpace { buffer in
            try await store.read(blob, range: ByteRange(part.range), if: .matching(state.tag), into: &buffer)
        }
    }
}
