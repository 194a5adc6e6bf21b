import ByteStreams
import Compression
import PostgresFormats
import SystemCalls

/// The data of an archive that comes uncompressed, compressed on its way: each table, and each large object, into one
/// zlib stream, as pg_dump would have done it.
///
/// Like ``ArchiveSource`` it holds back the table of contents, and ends well only if the source underneath does and every
/// member has passed whole. What it gives has been checked against the table of contents, too.
struct PackedArchiveSource<Source: ByteSource & ~Copyable>: ~Copyable, ByteSource {
    private var source: Source
    private let line: PackingLine
    private let record: ArchiveRecord
    private var input: ArchiveIndexer
    private var cutter: PieceCutter
    private var room: Block
    private var hasEnded = false
    /// Pieces under way, in order.
    private var jobs: [PackingJob] = []
    private var output: ArchiveIndexer?
    private var sum = Adler32()
    private var current: [UInt8] = []
    private var position = 0

    /// - Parameter contentsLimit: The largest table of contents, in bytes; it is held in memory.
    static func make(
        _ source: consuming Source, by line: PackingLine, contentsLimit: Int, record: ArchiveRecord
    ) async throws -> Self {
        let first = try await line.pool.lend(line.budget.blockSize)
        let room = try await line.pool.lend(PieceCutter.mostBytes)
        return Self(
            source: source, line: line, record: record, input: ArchiveIndexer(maximumPrefixSize: contentsLimit),
            cutter: PieceCutter(first), room: room)
    }

    private init(
        source: consuming Source, line: PackingLine, record: ArchiveRecord, input: ArchiveIndexer,
        cutter: consuming PieceCutter, room: consuming Block
    ) {
        self.source = source
        self.line = line
        self.record = record
        self.input = input
        self.cutter = cutter
        self.room = room
    }

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        while position == current.count {
            while !hasEnded, jobs.count < line.budget.window { try await readMore() }
            guard !jobs.isEmpty else { return try finish() }
            var piece = try await jobs.removeFirst().output()
            piece.complete(&sum)
            (current, position) = (piece.bytes, 0)
        }
        let bytes = current
        let next = bytes.span.extracting(position...).extracting(first: buffer.freeCapacity)
        buffer.append(copying: next)
        _ = try output?.consume(next)
        position += next.count
    }

    /// Takes the next bytes of the source, and hands pieces that are full to the line.
    private mutating func readMore() async throws {
        while cutter.wantsBlock { cutter.add(try await line.pool.lend(line.budget.blockSize)) }
        room.removeAll()
        try await room.withFreeSpace { try await source.read(into: &$0) }
        if room.isEmpty {
            _ = try input.finish()
            cutter.flush()
            hasEnded = true
        } else {
            try pass()
        }
        for piece in cutter.takeReady() { jobs.append(line.add(piece)) }
    }

    private mutating func pass() throws {
        try room.withBytesNow { _ = try input.consume($0, into: &cutter) }
        guard output == nil, let contents = input.contents else { return }
        guard let packed = contents.compressed(by: .zlib(level: line.level.number)) else {
            preconditionFailure("archives of every version can be compressed by zlib")
        }
        output = ArchiveIndexer(behind: packed)
    }

    private func finish() throws {
        guard let output else { preconditionFailure("an archive without a table of contents is refused before") }
        record.set(try output.finish(), rawSizes: try input.finish().payloadSizes)
    }
}

extension PackedArchiveSource: Sendable where Source: Sendable & ~Copyable {}
