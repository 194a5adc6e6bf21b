import CryptoDigests

/// SHA-256 digests of the pieces of a blob, in order: runs of equal pieces whose last may be shorter.
///
/// Pieces are independent of blocks, so that a blob can be checked wherever it was copied to.
public struct PieceDigests: Sendable, Equatable {
    /// Pieces of one size in a row.
    public struct Run: Sendable, Equatable {
        /// Where the run begins in the blob, in bytes.
        public let offset: Int
        /// In bytes; more than 0.
        public let length: Int
        /// In bytes; the last piece of the run may be shorter.
        public let pieceSize: Int

        public init(offset: Int, length: Int, pieceSize: Int) {
            self.offset = offset
            self.length = length
            self.pieceSize = pieceSize
        }

        public var count: Int { length / pieceSize + (length % pieceSize == 0 ? 0 : 1) }
    }

    /// A piece: which bytes, and their digest of 32 bytes.
    public struct Piece: Sendable, Equatable {
        public let range: Range<Int>
        public let digest: [UInt8]
    }

    /// The most bytes of a piece: 8 MiB.
    public static let largestPiece = 8 << 20

    public private(set) var runs: [Run] = []
    /// The digests of all pieces, 32 bytes each, in order.
    public private(set) var packed: [UInt8] = []

    public init() {}

    /// Takes digests that were written down; `nil` if the runs do not follow each other or the digests do not fit.
    public init?(runs: [Run], packed: [UInt8]) {
        var offset = 0
        var count = 0
        for run in runs {
            guard run.offset == offset, run.length > 0, (1...Self.largestPiece).contains(run.pieceSize),
                run.length <= Int.max - offset
            else { return nil }
            offset += run.length
            count += run.count
            guard count <= packed.count / 32 else { return nil }
        }
        guard packed.count == count * 32 else { return nil }
        self.runs = runs
        self.packed = packed
    }

    /// The size of the blob that the pieces cover, in bytes.
    public var size: Int { runs.last.map { $0.offset + $0.length } ?? 0 }

    /// The digest over everything: SHA-256 of offset, length and piece size of each run, as 64-bit numbers with the
    /// lowest byte first, and then of `packed`.
    public var root: [UInt8] {
        let numbers = runs.flatMap { [$0.offset, $0.length, $0.pieceSize] }
        let bytes = numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        var digest = Digest(.sha256)
        digest.update(bytes.span)
        digest.update(packed.span)
        return digest.finish()
    }

    public var pieces: [Piece] { pieces(touching: 0..<size) }

    /// The pieces that hold any byte of `range`.
    public func pieces(touching range: Range<Int>) -> [Piece] {
        var pieces: [Piece] = []
        var before = 0  // pieces of the runs before
        for run in runs {
            let part = range.clamped(to: run.offset..<run.offset + run.length)
            if !part.isEmpty {
                let first = (part.lowerBound - run.offset) / run.pieceSize
                let last = (part.upperBound - 1 - run.offset) / run.pieceSize
                for index in first...last {
                    let start = run.offset + index * run.pieceSize
                    let end = min(start + run.pieceSize, run.offset + run.length)
                    let at = (before + index) * 32
                    pieces.append(Piece(range: start..<end, digest: Array(packed[at..<at + 32])))
                }
            }
            before += run.count
        }
        return pieces
    }

    /// Adds a run behind what is there, with the digests of its pieces.
    mutating func append(length: Int, pieceSize: Int, digests: [UInt8]) {
        guard length > 0 else { return }
        let run = Run(offset: size, length: length, pieceSize: pieceSize)
        precondition(digests.count == run.count * 32, "a run has one digest a piece")
        runs.append(run)
        packed += digests
    }

    /// The digests of the pieces of `bytes`, one after the other.
    static func digests(of bytes: Span<UInt8>, pieceSize: Int) -> [UInt8] {
        var digests: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            let end = min(start + pieceSize, bytes.count)
            digests += Digest.of(bytes.extracting(start..<end), .sha256)
        }
        return digests
    }
}
