/// The pieces in which a blob is read to be checked; made one by one, since there may be millions.
public enum BlobPieces: Sendable {
    /// Those whose digests are written down.
    case written([PieceDigests.Piece])
    /// Pieces of `pieceSize` bytes, the last one shorter; with `digests` their SHA-256 is wanted.
    case cut(size: Int, pieceSize: Int, digests: Bool)

    /// A piece, and what is known of it beforehand.
    public struct Piece: Sendable {
        public let range: Range<Int>
        let check: Check
    }

    enum Check: Sendable {
        case count
        case digestLater
        case digest([UInt8])

        var needsDigest: Bool { if case .count = self { false } else { true } }

        func allows(_ digest: [UInt8]?) -> Bool {
            if case .digest(let expected) = self { digest == expected } else { true }
        }
    }

    public var count: Int {
        switch self {
        case .written(let pieces): pieces.count
        case .cut(let size, let pieceSize, _): size / pieceSize + (size % pieceSize == 0 ? 0 : 1)
        }
    }

    public subscript(index: Int) -> Piece {
        switch self {
        case .written(let pieces):
            return Piece(range: pieces[index].range, check: .digest(pieces[index].digest))
        case .cut(let size, let pieceSize, let digests):
            let start = index * pieceSize
            return Piece(range: start..<min(start + pieceSize, size), check: digests ? .digestLater : .count)
        }
    }

    /// The indices of the pieces that hold bytes of `range`.
    public func indices(holding range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty else { return 0..<0 }
        return index(holding: range.lowerBound)..<index(holding: range.upperBound - 1) + 1
    }

    /// The last piece that does not begin behind `position`.
    private func index(holding position: Int) -> Int {
        var (low, high) = (0, count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if self[middle].range.lowerBound <= position { low = middle } else { high = middle }
        }
        return low
    }
}
