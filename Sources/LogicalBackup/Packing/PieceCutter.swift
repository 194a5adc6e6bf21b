import ByteStreams
import Compression
import PostgresFormats

/// Cuts an archive's uncompressed data into pieces.
///
/// It needs a block for each piece and cannot wait for one, so it is given it beforehand: before each ``mostBytes`` of an
/// archive, if ``wantsBlock`` says so.
struct PieceCutter: MemberReceiver, ~Copyable {
    /// The bytes of an archive that end no more than one piece.
    static let mostBytes = 64 << 10
    /// A piece has no more segments than this, so that the framing of empty large objects stays small; more than
    /// `mostBytes` can hold, in which the shortest take 10 bytes.
    private static let mostSegments = 8192

    /// Bytes of data in a full piece; at least `mostBytes`.
    private let size: Int
    private var data: Block
    private var dictionaryCount = 0
    private var framing: [UInt8] = []
    private var segments: [ArchivePiece.Segment] = []
    /// For the next piece.
    private var spare: Handover<Block>?
    private var ready: [Handover<ArchivePiece>] = []
    private var kind = ArchiveMember.Kind.tableData
    /// Whether the next segment is the first of its stream.
    private var begins = true

    /// Whether the line feeds of tables are counted.
    var countsLineFeeds = false
    private var lineFeeds: [DumpID: Int] = [:]
    private var counted: (member: DumpID, lineFeeds: Int)?

    /// For members that come with the numbers of another archive: theirs in this one.
    var renumbering: [DumpID: DumpID] = [:]

    /// - Parameter first: As large as all blocks that it is given.
    init(_ first: consuming Block) {
        size = first.capacity - PieceDeflater.window
        data = first
    }

    var wantsBlock: Bool { spare == nil }

    mutating func add(_ block: consuming Block) { spare = Handover(block) }

    /// Goes on with a table's stream that was begun elsewhere.
    mutating func resume() { (kind, begins) = (.tableData, false) }

    /// Lets the stream go on elsewhere.
    mutating func suspend() { endSegment(ends: false) }

    /// The pieces that are full.
    mutating func takeReady() -> [Handover<ArchivePiece>] {
        defer { ready = [] }
        return ready
    }

    /// How many line feeds there are in the tables of which data has come since the last time.
    mutating func takeLineFeeds() -> [DumpID: Int] {
        if let (member, count) = counted {
            lineFeeds[member, default: 0] += count
            counted = (member, 0)
        }
        defer { lineFeeds = [:] }
        return lineFeeds
    }

    /// Makes a piece of what is left, once the archive has ended.
    mutating func flush() {
        if !segments.isEmpty || !framing.isEmpty { endPiece() }
    }
}

extension PieceCutter {
    mutating func beginMember(_ member: ArchiveMember) {
        var member = member
        member.dumpID = renumbering[member.dumpID] ?? member.dumpID
        framing += BlockFraming.start(of: member)
        (kind, begins) = (member.kind, true)
        if countsLineFeeds, member.kind == .tableData { counted = (member.dumpID, 0) }
    }

    mutating func beginLargeObject(_ oid: UInt32) {
        framing += BlockFraming.start(ofLargeObject: oid)
        begins = true
    }

    mutating func receive(_ payload: Span<UInt8>) {
        if counted != nil { counted?.lineFeeds += payload.lineFeeds }
        var taken = 0
        while taken < payload.count {
            let room = size + dictionaryCount - data.count
            taken += data.append(payload.extracting(taken...).extracting(first: room))
            if data.count == size + dictionaryCount { endFullPiece() }
        }
    }

    mutating func endStream() {
        endSegment(ends: true)
        framing += BlockFraming.end
        if segments.count == Self.mostSegments { endPiece() }
    }

    mutating func endMember() {
        if kind == .largeObjects { framing += BlockFraming.end }
        if let (member, count) = counted { lineFeeds[member, default: 0] += count }
        counted = nil
    }

    private mutating func endSegment(ends: Bool) {
        segments.append(
            ArchivePiece.Segment(framingEnd: framing.count, end: data.count, begins: begins, ends: ends))
        begins = false
    }

    /// Goes on with the same stream in a new piece.
    private mutating func endFullPiece() {
        endSegment(ends: false)
        // What stands before the first segment is of its stream, or nothing.
        let start = segments.count > 1 ? segments[segments.count - 2].end : 0
        var next = takeSpare()
        let window = max(start, data.count - PieceDeflater.window)
        data.withBytesNow { _ = next.append($0.extracting(window...)) }
        endPiece(next: next)
        dictionaryCount = data.count
    }

    private mutating func endPiece() { endPiece(next: takeSpare()) }

    private mutating func endPiece(next: consuming Block) {
        swap(&data, &next)
        ready.append(
            Handover(
                ArchivePiece(data: next, dictionaryCount: dictionaryCount, framing: framing, segments: segments)))
        (dictionaryCount, framing, segments) = (0, [], [])
    }

    private mutating func takeSpare() -> Block {
        guard let block = spare else { preconditionFailure("a cutter is given its blocks beforehand") }
        spare = nil
        return block.take()
    }
}

extension Span<UInt8> {
    fileprivate var lineFeeds: Int {
        var count = 0
        for index in indices where self[index] == 10 { count += 1 }
        return count
    }
}
