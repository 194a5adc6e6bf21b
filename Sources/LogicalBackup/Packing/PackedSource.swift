import ByteStreams
import Compression
import PostgresFormats
import SystemCalls

/// Where data of an archive comes from before it is packed.
protocol PackingFeed: ~Copyable {
    /// Hands the next data to the cutter, at most ``PieceCutter/mostBytes`` of it; false at the good end.
    ///
    /// - Parameter room: To read into; whatever it holds may be overwritten.
    mutating func advance(through room: inout Block, into cutter: inout PieceCutter) async throws -> Bool
    /// Looks at the next bytes that were made of the data.
    mutating func check(_ output: Span<UInt8>) throws
    /// All has been handed over and looked at.
    ///
    /// - Parameter sum: The check value of the stream that is open, or was the last.
    func finish(_ sum: StreamSum) throws
}

/// Data of an archive as it is stored: cut into pieces, which a line packs, and framed.
struct PackedSource<Feed: PackingFeed & ~Copyable>: ~Copyable, ByteSource {
    private var feed: Feed
    private let line: PackingLine
    private var cutter: PieceCutter
    private var room: Block
    private var hasEnded = false
    /// Pieces under way, in order.
    private var jobs: [PackingJob] = []
    private var sum: StreamSum
    private var current: [UInt8] = []
    private var position = 0

    /// - Parameter sum: The check value of the stream so far, if the data begins inside one.
    static func make(
        _ feed: consuming Feed, by line: PackingLine, after sum: StreamSum? = nil
    ) async throws -> Self {
        let first = try await line.pool.lend(line.budget.blockSize)
        let room = try await line.pool.lend(PieceCutter.mostBytes)
        return Self(feed: feed, line: line, cutter: PieceCutter(first), room: room, sum: sum ?? StreamSum(line.wrapper))
    }

    private init(
        feed: consuming Feed, line: PackingLine, cutter: consuming PieceCutter, room: consuming Block, sum: StreamSum
    ) {
        self.feed = feed
        self.line = line
        self.cutter = cutter
        self.room = room
        self.sum = sum
    }

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        while position == current.count {
            while !hasEnded, jobs.count < line.budget.window { try await feedLine() }
            guard !jobs.isEmpty else { return try feed.finish(sum) }
            var piece = try await jobs.removeFirst().output()
            piece.complete(&sum)
            (current, position) = (piece.bytes, 0)
        }
        let bytes = current
        let next = bytes.span.extracting(position...).extracting(first: buffer.freeCapacity)
        buffer.append(copying: next)
        try feed.check(next)
        position += next.count
    }

    /// Takes the next data, and hands pieces that are full to the line.
    private mutating func feedLine() async throws {
        if cutter.wantsBlock { cutter.add(try await line.pool.lend(line.budget.blockSize)) }
        if try await !feed.advance(through: &room, into: &cutter) {
            cutter.flush()
            hasEnded = true
        }
        for piece in cutter.takeReady() { jobs.append(line.add(piece)) }
    }
}

extension PackedSource: Sendable where Feed: Sendable & ~Copyable {}
