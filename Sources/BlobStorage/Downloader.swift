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
    ///   on, and the blob's size before anything is.
    ///
    /// Throws what store and sink throw, ``TransferError`` for bytes that are not what they should be.
    public func download(
        _ blob: BlobName, pieces: PieceDigests? = nil, into sink: inout some ByteSink & ~Copyable
    ) async throws -> BlobProperties {
        let state = try await store.properties(of: blob, if: .always)
        if let pieces, pieces.size != state.size {
            throw TransferError(kind: .wrongSize(blob: blob.text, expected: pieces.size, found: state.size))
        }
        try await deliver(parts(of: state.size, pieces: pieces), of: blob, state: state, to: &sink)
        return state
    }

    /// The bytes of one run of a blob, checked for their number only.
    public func bytes(of blob: BlobName, in range: Range<Int>, state: BlobProperties) async throws -> [UInt8] {
        var sink = MemorySink(limit: range.count)
        let parts = cut(range).map { Part(range: $0, digest: nil) }
        try await deliver(parts, of: blob, state: state, to: &sink)
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

    /// A block with the bytes of the part of that index; a class, since a task group's results are copied.
    private final class Arrival: Sendable {
        let index: Int
        let block: Block

        init(index: Int, block: consuming Block) {
            self.index = index
            self.block = block
        }
    }

    private func deliver(
        _ parts: [Part], of blob: BlobName, state: BlobProperties, to sink: inout some ByteSink & ~Copyable
    ) async throws {
        try await withThrowingTaskGroup(of: Arrival.self) { group in
            var next = 0  // the part to ask for
            var due = 0  // the part to hand on
            var early: [Int: Arrival] = [:]
            while due < parts.count {
                while next < parts.count, next - due < width, let block = try await space(for: parts[next], next == due)
                {
                    let part = parts[next]
                    let index = next
                    let box = Handover(block)
                    group.addTask { try await fetch(part, at: index, of: blob, state: state, into: box.take()) }
                    next += 1
                }
                while early[due] == nil, let arrival = try await group.next() { early[arrival.index] = arrival }
                guard let arrival = early.removeValue(forKey: due) else { break }
                try await arrival.block.withBytes { try await sink.write($0) }
                meter.addBlock(of: arrival.block.count)
                due += 1
            }
            precondition(due == parts.count, "every part is handed on or an error is thrown")
        }
    }

    /// A block for a part; waits for it only when nothing else is under way, since what is under way holds the memory.
    private func space(for part: Part, _ mayWait: Bool) async throws -> Block? {
        mayWait ? try await pool.lend(part.range.count) : try pool.lendIfFree(part.range.count)
    }

    private func fetch(
        _ part: Part, at index: Int, of blob: BlobName, state: BlobProperties, into block: consuming Block
    ) async throws -> Arrival {
        let read = try await block.withFreeSpace { buffer in
            try await store.read(blob, range: ByteRange(part.range), if: .matching(state.tag), into: &buffer)
        }
        guard block.count == part.range.count, read.size == state.size else {
            throw StreamError(kind: .endedEarly(expected: part.range.count, received: block.count))
        }
        if let digest = part.digest {
            let found = block.withBytesNow { Digest.of($0, .sha256) }
            guard found == digest else { throw TransferError(kind: .damaged(blob: blob.text, range: part.range)) }
        }
        return Arrival(index: index, block: block)
    }
}
