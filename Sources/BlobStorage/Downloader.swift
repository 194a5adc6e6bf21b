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
    private var width: Int
    /// The size of a range where no pieces are known, in bytes.
    private let pieceSize: Int
    private let window: @Sendable () -> Int

    /// - Parameter window: How many ranges are worth asking for at once now; more would only take room.
    public init(
        store: any BlobStore, pool: BlockPool, budget: TransferBudget, meter: TransferMeter,
        window: @escaping @Sendable () -> Int = { .max }
    ) {
        self.store = store
        self.pool = pool
        self.meter = meter
        self.window = window
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
        let stored = pieces == nil ? try Self.storedDigest(of: blob, state) : nil
        let parts = parts(of: state.size, pieces: pieces, stored: stored)
        // A blob that carries a digest is read in the pieces of which this was made.
        if let count = first?.count, parts.count == 0 || count != parts[0].range.count { first = nil }
        let found = try await deliver(parts, of: blob, state: state, first: first, within: 0..<state.size, to: &sink)
        let sum = state.attributes.metadata(named: BlobSum.metadataName)
        let digest = stored.map { BlobDigest(pieceSize: $0.pieceSize, digest: found.chain) }
        guard sum == nil || sum == found.sum.text, digest == stored else {
            throw TransferError(kind: .damaged(blob: blob.text, range: 0..<state.size))
        }
        return state
    }

    /// The SHA-256 that is kept with a blob, if there is one.
    private static func storedDigest(of blob: BlobName, _ state: BlobProperties) throws -> BlobDigest? {
        guard let text = state.attributes.metadata(named: BlobDigest.metadataName) else { return nil }
        guard let digest = BlobDigest(text) else { throw TransferError(kind: .unreadableDigest(blob: blob.text)) }
        return digest
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

    /// Writes one run of a blob's bytes to `sink`.
    ///
    /// - Parameters:
    ///   - state: Of the blob; it must still have it. `range` lies within its size.
    ///   - pieces: The digests to check against, of a blob of that size. Every piece that `range` touches is read whole
    ///     and checked before what is wanted of it is handed on; without them the number of bytes is checked, and, if the range
    ///     is the whole blob, the CRC-64 that the blob carries.
    public func download(
        _ range: Range<Int>, of blob: BlobName, state: BlobProperties, pieces: PieceDigests?,
        into sink: inout some ByteSink & ~Copyable
    ) async throws {
        let parts = pieces.map { Parts.pieces($0.pieces(touching: range)) }
        let found = try await deliver(
            parts ?? .cut(range, size: pieceSize, digests: false), of: blob, state: state, first: nil, within: range,
            to: &sink)
        guard pieces == nil, range == 0..<state.size,
            let sum = state.attributes.metadata(named: BlobSum.metadataName)
        else { return }
        guard sum == found.sum.text else { throw TransferError(kind: .damaged(blob: blob.text, range: range)) }
    }

    /// One run of a blob's bytes, in memory; see ``download(_:of:state:pieces:into:)``.
    public func bytes(
        of blob: BlobName, in range: Range<Int>, state: BlobProperties, pieces: PieceDigests? = nil
    ) async throws -> [UInt8] {
        var sink = MemorySink(limit: range.count)
        try await download(range, of: blob, state: state, pieces: pieces, into: &sink)
        return sink.bytes
    }

    /// The most downloads that can go on at once without any of them waiting for the memory of another.
    public var mostAtOnce: Int { max(1, pool.budget / PieceDigests.largestPiece) }

    /// The same for one of `count` downloads at once, which takes no more than its share of the memory.
    ///
    /// So none of them has to wait until another's bytes are taken, however long that is. `count` is at most
    /// ``mostAtOnce``.
    public func share(of count: Int) -> Downloader {
        var share = self
        share.width = max(1, min(width, mostAtOnce / count))
        return share
    }

    private func parts(of size: Int, pieces: PieceDigests?, stored: BlobDigest?) -> Parts {
        if let pieces { return .pieces(pieces.pieces) }
        return .cut(0..<size, size: stored?.pieceSize ?? pieceSize, digests: stored != nil)
    }

    /// What has been learnt of the bytes that were handed on.
    private struct Delivered: Sendable {
        let sum: BlobSum
        /// The SHA-256 over those of the parts, where they were computed.
        let chain: [UInt8]
    }

    /// The checked bytes of the part of that index; a class, since a task group's results are copied.
    private final class Arrival: Sendable {
        let index: Int
        let block: Block
        let sum: BlobSum
        let digest: [UInt8]?

        init(at index: Int, _ block: consuming Block, _ found: Found) {
            self.index = index
            self.block = block
            sum = found.sum
            digest = found.digest
        }
    }

    /// What was computed of the bytes of a part.
    private struct Found: Sendable {
        let sum: BlobSum
        /// The SHA-256, where it is needed.
        let digest: [UInt8]?

        /// `nil` if what came is not the part.
        init?(_ part: Parts.Part, in block: borrowing Block) {
            guard block.count == part.range.count else { return nil }
            (sum, digest) = block.withBytesNow { bytes in
                (BlobSum(bytes), part.check.needsDigest ? Digest.of(bytes, .sha256) : nil)
            }
            if case .digest(let expected) = part.check, digest != expected { return nil }
        }
    }

    /// Hands the parts on in order, and answers what was learnt of them all.
    ///
    /// - Parameters:
    ///   - first: The block of the first part, if it has been read already.
    ///   - range: What is handed on; the parts may begin before it and end behind it.
    private func deliver(
        _ parts: Parts, of blob: BlobName, state: BlobProperties, first: consuming Block?, within range: Range<Int>,
        to sink: inout some ByteSink & ~Copyable
    ) async throws -> Delivered {
        var early: [Int: Arrival] = [:]
        // A first part that is damaged is given back and read again.
        if let first, let found = Found(parts[0], in: first) { early[0] = Arrival(at: 0, first, found) }
        return try await withThrowingTaskGroup(of: Arrival.self) { group in
            var sum = BlobSum()
            var chain = Digest(.sha256)
            var next = early.count  // the part to ask for
            var due = 0  // the part to hand on
            while due < parts.count {
                // What has come and waits for its turn takes memory, but no request.
                while next < parts.count, next - due < width, next - due - early.count < max(1, window()),
                    let block = try await space(for: parts[next], next == due)
                {
                    let (part, index) = (parts[next], next)
                    let box = Handover(block)
                    group.addTask { try await fetch(part, at: index, of: blob, state: state, into: box.take()) }
                    next += 1
                }
                guard let arrival = early.removeValue(forKey: due) else {
                    guard let arrival = try await group.next() else { break }
                    early[arrival.index] = arrival
                    continue
                }
                let part = parts[due].range
                let wanted = range.clamped(to: part)
                try await arrival.block.withBytes { bytes in
                    try await sink.write(
                        bytes.extracting(wanted.lowerBound - part.lowerBound..<wanted.upperBound - part.lowerBound))
                }
                meter.addBlock(of: arrival.block.count)
                sum = sum + arrival.sum
                if let digest = arrival.digest { chain.update(digest.span) }
                due += 1
            }
            precondition(due == parts.count, "every part is handed on or an error is thrown")
            return Delivered(sum: sum, chain: chain.finish())
        }
    }

    /// A block for a part; waits for it only when nothing else is under way, since what is under way holds the memory.
    private func space(for part: Parts.Part, _ mayWait: Bool) async throws -> Block? {
        mayWait ? try await pool.lend(part.range.count) : try pool.lendIfFree(part.range.count)
    }

    /// Reads a part; once more if it was damaged on the way, since it may be whole where it lies.
    private func fetch(
        _ part: Parts.Part, at index: Int, of blob: BlobName, state: BlobProperties, into block: consuming Block
    ) async throws -> Arrival {
        try await read(part, of: blob, state: state, into: &block)
        var found = Found(part, in: block)
        if found == nil {
            meter.addRetry()
            block.removeAll()
            try await read(part, of: blob, state: state, into: &block)
            found = Found(part, in: block)
        }
        guard let found else { throw TransferError(kind: .damaged(blob: blob.text, range: part.range)) }
        return Arrival(at: index, block, found)
    }

    private func read(
        _ part: Parts.Part, of blob: BlobName, state: BlobProperties, into block: inout Block
    ) async throws {
        _ = try await block.withFreeSpace { buffer in
            try await store.read(blob, range: ByteRange(part.range), if: .matching(state.tag), into: &buffer)
        }
    }
}

/// The parts in which a blob is read; made one by one, since there may be millions.
private enum Parts: Sendable {
    case pieces([PieceDigests.Piece])
    /// Parts of `size` bytes, the last one shorter; with `digests` their SHA-256 is wanted.
    case cut(Range<Int>, size: Int, digests: Bool)

    struct Part: Sendable {
        enum Check: Sendable {
            /// Only the number of bytes is known.
            case count
            /// The SHA-256 is compared later, together with those of the others.
            case digestLater
            case digest([UInt8])

            var needsDigest: Bool { if case .count = self { false } else { true } }
        }

        let range: Range<Int>
        let check: Check
    }

    var count: Int {
        switch self {
        case .pieces(let pieces): pieces.count
        case .cut(let range, let size, _): range.count / size + (range.count % size == 0 ? 0 : 1)
        }
    }

    subscript(index: Int) -> Part {
        switch self {
        case .pieces(let pieces):
            return Part(range: pieces[index].range, check: .digest(pieces[index].digest))
        case .cut(let range, let size, let digests):
            let start = range.lowerBound + index * size
            return Part(range: start..<min(start + size, range.upperBound), check: digests ? .digestLater : .count)
        }
    }
}
