import Compression
public import Diagnostics

/// How much compressing takes of the memory of a dump, and how it is spent.
public struct PackingBudget: Sendable, Hashable {
    public let threads: Int
    /// How many sources are packed at once.
    let lanes: Int
    /// Bytes of data in a full piece.
    let pieceSize: Int
    /// Bytes that each thread takes beside the pieces.
    private let workspace: Int

    /// Larger pieces compress hardly better: what stood before a piece is known anyway.
    private static let largestPiece = 1 << 20
    /// Blocks that a source needs beside those under way: the one being filled, the next, and room to read into.
    private static let blocksAside = 3

    /// As many threads as there are cores, as far as a quarter of the memory goes; one in any case.
    ///
    /// - Parameters:
    ///   - method: How it is compressed; some methods take much memory themselves.
    ///   - lanes: How many sources are packed at once.
    public init(memory: ByteCount, cores: Int, method: PackingMethod? = nil, lanes: Int = 1) {
        let share = memory.bytes / 4
        let workspace = method?.workspace ?? 0
        var threads = max(1, cores)
        func bytes(_ pieceSize: Int) -> Int {
            Self.bytes(threads: threads, lanes: lanes, pieceSize: pieceSize) + threads * workspace
        }
        while threads > 1, bytes(PieceCutter.mostBytes) > share { threads -= 1 }
        var size = Self.largestPiece
        while size > PieceCutter.mostBytes, bytes(size) > share { size /= 2 }
        self.threads = threads
        self.lanes = lanes
        self.workspace = workspace
        pieceSize = size
    }

    /// Pieces of a source that are worth having under way: in all, one for each thread, and one that waits for it.
    var window: Int { max(2, threads * 2 / lanes) }

    /// Bytes of a block: a piece, and what stood before it.
    var blockSize: Int { pieceSize + PieceDeflater.window }

    /// For all pieces before they are compressed.
    var blocks: ByteCount { ByteCount(blockSize * (threads * 2 + Self.blocksAside * lanes)) }

    /// For all pieces, twice: what comes out may be as large as what went in; and for compressing.
    public var memory: ByteCount {
        ByteCount(Self.bytes(threads: threads, lanes: lanes, pieceSize: pieceSize) + threads * workspace)
    }

    private static func bytes(threads: Int, lanes: Int, pieceSize: Int) -> Int {
        2 * (pieceSize + PieceDeflater.window) * (threads * 2 + blocksAside * lanes)
    }
}
