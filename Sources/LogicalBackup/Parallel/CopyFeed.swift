import ByteStreams
import Compression
import PostgresClient
import PostgresFormats

/// Tables, or a range of one, as a session reads them.
struct CopyFeed: ~Copyable, PackingFeed, Sendable {
    /// What stands behind the rows of a table in an archive.
    static let end = Array("\\.\n\n\n".utf8)

    private let connection: PostgresConnection
    private let reading: TableReading
    private let parts: [TablePart]
    private var position = 0
    private var output: CopyOutput?
    private var indexer: StretchIndexer
    private var rawSizes: [DumpID: Int] = [:]
    private let record: StretchRecord

    init(
        _ parts: [TablePart], on connection: PostgresConnection, by reading: TableReading, contents: TableOfContents,
        record: StretchRecord
    ) {
        self.connection = connection
        self.reading = reading
        self.parts = parts
        self.record = record
        indexer = StretchIndexer(contents, inside: parts.first.flatMap { $0.begins ? nil : $0.dumpID })
    }

    mutating func advance(through room: inout Block, into cutter: inout PieceCutter) async throws -> Bool {
        guard position < parts.count else { return false }
        let part = parts[position]
        do {
            try await read(part, through: &room, into: &cutter)
        } catch let error where error is PostgresError || error is ParallelDumpError {
            throw ParallelDumpError(.tableFailed(table: "\(part.table.schema).\(part.table.name)"), cause: error)
        }
        return true
    }

    private mutating func read(
        _ part: TablePart, through room: inout Block, into cutter: inout PieceCutter
    ) async throws {
        if output == nil {
            output = try await connection.copyOut(reading.copy(part))
            if part.begins {
                cutter.beginMember(ArchiveMember(dumpID: part.dumpID, kind: .tableData, offset: 0))
            } else {
                cutter.resume()
            }
        }
        room.removeAll()
        try await room.withFreeSpace { try await output?.read(into: &$0) }
        room.withBytesNow { cutter.receive($0) }
        rawSizes[part.dumpID, default: 0] += room.count
        guard room.isEmpty else { return }
        // The server has said how many rows there were.
        let (sent, received) = (output?.rowCount ?? 0, output?.receivedCount ?? 0)
        guard sent == received else { throw ParallelDumpError(.rowsMissing(sent: sent, received: received)) }
        output = nil
        position += 1
        if part.pages == nil {
            cutter.endTable()
            rawSizes[part.dumpID, default: 0] += Self.end.count
        } else {
            cutter.suspend()
        }
    }

    mutating func check(_ bytes: Span<UInt8>) throws { try indexer.consume(bytes) }

    func finish(_ sum: StreamSum) throws {
        record.set(StretchRecord.Facts(parts: try indexer.finish(), sum: sum, rawSizes: rawSizes))
    }
}

/// The end of a table's stream, whose rows were read in ranges.
struct EndingFeed: PackingFeed, Sendable {
    private let dumpID: DumpID
    private var isDone = false
    private var indexer: StretchIndexer
    private let record: StretchRecord

    init(_ dumpID: DumpID, contents: TableOfContents, record: StretchRecord) {
        self.dumpID = dumpID
        self.record = record
        indexer = StretchIndexer(contents, inside: dumpID)
    }

    mutating func advance(through room: inout Block, into cutter: inout PieceCutter) async throws -> Bool {
        guard !isDone else { return false }
        isDone = true
        cutter.resume()
        cutter.endTable()
        return true
    }

    mutating func check(_ bytes: Span<UInt8>) throws { try indexer.consume(bytes) }

    func finish(_ sum: StreamSum) throws {
        let rawSizes = [dumpID: CopyFeed.end.count]
        record.set(StretchRecord.Facts(parts: try indexer.finish(), sum: sum, rawSizes: rawSizes))
    }
}

extension PieceCutter {
    /// The end of a table's rows.
    fileprivate mutating func endTable() {
        receive(CopyFeed.end.span)
        endStream()
        endMember()
    }
}
