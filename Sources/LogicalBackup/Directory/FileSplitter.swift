import ByteStreams
import PostgresFormats
import SystemCalls

/// A file of a directory that is taken out of an archive.
struct SplitFile: Sendable, Equatable {
    /// The entry whose data it holds, or is a part of.
    let member: DumpID
    let file: DirectoryFile
}

/// Takes the data of an archive apart into the files of a directory, one after the other, as it comes.
///
/// It ends well only if its source does and every member of the table of contents has passed.
struct FileSplitter<Source: ByteSource & ~Copyable>: ~Copyable {
    private var source: Source
    private var indexer: ArchiveIndexer
    private var queue: FileQueue

    private static var readSize: Int { 256 << 10 }

    /// - Parameters:
    ///   - source: What stands behind the table of contents.
    ///   - contents: The table of contents of the archive that comes.
    init(_ source: consuming Source, behind contents: TableOfContents) {
        self.source = source
        indexer = ArchiveIndexer(behind: contents)
        queue = FileQueue(files: contents.directoryFiles)
    }

    /// Goes on to the next file, once the one before has been read to its end; `nil` at the good end.
    mutating func next() async throws -> SplitFile? {
        while true {
            if let file = queue.begin() { return file }
            guard try await advance() else { return nil }
        }
    }

    /// Appends the next bytes of the file that has begun, or none at its end.
    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        let before = buffer.count
        while true {
            queue.read(into: &buffer)
            guard buffer.count == before, !queue.isAtEnd else { return }
            guard try await advance() else { preconditionFailure("an archive does not end within a member") }
        }
    }

    /// The next bytes of the file that has begun, and whether they are all.
    mutating func bytes(_ most: Int) async throws -> (bytes: [UInt8], areAll: Bool) {
        var bytes: [UInt8] = []
        while bytes.count < most {
            let piece = try await [UInt8].filled(capacity: most - bytes.count) { try await read(into: &$0) }
            guard !piece.isEmpty else { return (bytes, true) }
            bytes += piece
        }
        return (bytes, false)
    }

    /// Reads more of the source, once all of what has come was taken; false at its good end.
    private mutating func advance() async throws -> Bool {
        let piece = try await [UInt8].filled(capacity: Self.readSize) { try await source.read(into: &$0) }
        guard !piece.isEmpty else {
            _ = try indexer.finish()
            return false
        }
        queue.clear()
        _ = try indexer.consume(piece.span, into: &queue)
        return true
    }
}

extension FileSplitter: Sendable where Source: Sendable & ~Copyable {}

/// The files that have been found, in order, with the bytes of theirs that have come.
private struct FileQueue: MemberReceiver {
    private enum Event {
        case begin(SplitFile)
        /// So many of the bytes.
        case bytes(Int)
        case end
    }

    private let files: [DumpID: DirectoryFile]
    private var events: ArraySlice<Event> = []
    private var data: [UInt8] = []
    private var position = 0
    private var member: DumpID?
    private var objects: [UInt32] = []

    /// - Parameter files: Of the entries that have data.
    init(files: [(dumpID: DumpID, file: DirectoryFile)]) {
        self.files = Dictionary(files.map { ($0.dumpID, $0.file) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether all bytes of the file that has begun were read.
    var isAtEnd: Bool { if case .end = events.first { true } else { false } }

    /// Leaves the file that was read, and begins the next; `nil` if there is none yet.
    mutating func begin() -> SplitFile? {
        if isAtEnd { events.removeFirst() }
        guard case .begin(let file) = events.popFirst() else { return nil }
        return file
    }

    /// Appends bytes of the file that has begun, as far as they have come.
    mutating func read(into buffer: inout OutputSpan<UInt8>) {
        while case .bytes(let count) = events.first, buffer.freeCapacity > 0 {
            let taken = min(count, buffer.freeCapacity)
            buffer.append(copying: data.span.extracting(position..<position + taken))
            position += taken
            if taken == count { events.removeFirst() } else { events[events.startIndex] = .bytes(count - taken) }
        }
    }

    /// Forgets the bytes, which were read.
    mutating func clear() {
        precondition(position == data.count && events.allSatisfy { if case .end = $0 { true } else { false } })
        events = Array(events)[...]
        data.removeAll(keepingCapacity: true)
        position = 0
    }

    mutating func beginMember(_ member: ArchiveMember) {
        self.member = member.dumpID
        if member.kind == .tableData, let file = files[member.dumpID] { begin(file) }
    }

    mutating func beginLargeObject(_ oid: UInt32) {
        objects.append(oid)
        begin(.largeObject(oid))
    }

    mutating func receive(_ payload: Span<UInt8>) {
        guard !payload.isEmpty else { return }
        data.append(copying: payload)
        if case .bytes(let count) = events.last {
            events[events.endIndex - 1] = .bytes(count + payload.count)
        } else {
            events.append(.bytes(payload.count))
        }
    }

    mutating func endStream() { events.append(.end) }

    mutating func endMember() {
        guard let member, let file = files[member], case .objectList = file else { return }
        begin(file)
        let list = LargeObjectList(objects).bytes
        receive(list.span)
        endStream()
        objects = []
    }

    private mutating func begin(_ file: DirectoryFile) {
        guard let member else { preconditionFailure("a file begins in a member") }
        events.append(.begin(SplitFile(member: member, file: file)))
    }
}
