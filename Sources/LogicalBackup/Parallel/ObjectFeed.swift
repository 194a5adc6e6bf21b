import ByteStreams
import Compression
import PostgresFormats

/// The large objects of an archive that a pg_dump of its own writes, without table data.
struct ObjectFeed<Source: ByteSource & ~Copyable>: ~Copyable, PackingFeed {
    private var source: Source
    private var input: ArchiveIndexer
    private var indexer: StretchIndexer
    /// The numbers of the members in the archive they are read from, to those in the one that is made.
    private let numbers: [DumpID: DumpID]
    private let record: StretchRecord

    /// - Parameters:
    ///   - source: What stands behind the table of contents.
    ///   - given: The table of contents of what comes.
    ///   - wanted: The members that must come, by their numbers in `contents`.
    init(
        _ source: consuming Source, behind given: TableOfContents, as wanted: [DumpID], in contents: TableOfContents,
        record: StretchRecord
    ) throws(ParallelDumpError) {
        let found = given.filter(\.dataState.hasData)
        guard found.count == wanted.count,
            zip(found, wanted).allSatisfy({ $0.desc == "BLOBS" && $0.tag == contents[$1]?.tag })
        else { throw ParallelDumpError(.unreadable(entry: "the large objects")) }
        self.source = source
        self.record = record
        numbers = Dictionary(zip(found.map(\.dumpID), wanted), uniquingKeysWith: { first, _ in first })
        input = ArchiveIndexer(behind: given)
        indexer = StretchIndexer(contents)
    }

    mutating func advance(through room: inout Block, into cutter: inout PieceCutter) async throws -> Bool {
        cutter.renumbering = numbers
        room.removeAll()
        try await room.withFreeSpace { try await source.read(into: &$0) }
        guard !room.isEmpty else {
            _ = try input.finish()
            return false
        }
        try room.withBytesNow { _ = try input.consume($0, into: &cutter) }
        return true
    }

    mutating func check(_ bytes: Span<UInt8>) throws { try indexer.consume(bytes) }

    func finish(_ sum: StreamSum) throws {
        let sizes = try input.finish().payloadSizes
        let rawSizes = Dictionary(
            sizes.compactMap { size in numbers[size.key].map { ($0, size.value) } }, uniquingKeysWith: +)
        record.set(StretchRecord.Facts(parts: try indexer.finish(), sum: sum, rawSizes: rawSizes))
    }
}

extension ObjectFeed: Sendable where Source: Sendable & ~Copyable {}
