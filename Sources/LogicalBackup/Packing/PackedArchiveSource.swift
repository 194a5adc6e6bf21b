import ByteStreams
import Compression
import PostgresFormats

/// The data of an archive that comes uncompressed, compressed on its way: each table, and each large object, into one
/// stream.
///
/// Like ``ArchiveSource`` it holds back the table of contents, and ends well only if the source underneath does and every
/// member has passed whole. What it gives has been checked against the table of contents, too.
typealias PackedArchiveSource<Source: ByteSource & ~Copyable> = PackedSource<ArchiveFeed<Source>>

extension PackedSource where Feed: ~Copyable {
    /// - Parameter contentsLimit: The largest table of contents, in bytes; it is held in memory.
    static func make<Source: ByteSource & ~Copyable>(
        _ source: consuming Source, by line: PackingLine, contentsLimit: Int, record: ArchiveRecord
    ) async throws -> Self where Feed == ArchiveFeed<Source> {
        let feed = ArchiveFeed(
            source, compression: line.compression, contentsLimit: contentsLimit, record: record)
        return try await make(feed, by: line)
    }
}

/// A whole archive, with its table of contents first.
struct ArchiveFeed<Source: ByteSource & ~Copyable>: ~Copyable, PackingFeed {
    private var source: Source
    private let compression: ArchiveCompression
    private let record: ArchiveRecord
    private var input: ArchiveIndexer
    private var output: ArchiveIndexer?

    init(
        _ source: consuming Source, compression: ArchiveCompression, contentsLimit: Int, record: ArchiveRecord
    ) {
        self.source = source
        self.compression = compression
        self.record = record
        input = ArchiveIndexer(maximumPrefixSize: contentsLimit)
    }

    mutating func advance(through room: inout Block, into cutter: inout PieceCutter) async throws -> Bool {
        room.removeAll()
        try await room.withFreeSpace { try await source.read(into: &$0) }
        guard !room.isEmpty else {
            _ = try input.finish()
            return false
        }
        try room.withBytesNow { _ = try input.consume($0, into: &cutter) }
        if output == nil, let contents = input.contents {
            let packed = try contents.packed(by: compression)
            input.replaceContents(with: packed)
            output = ArchiveIndexer(behind: packed)
        }
        return true
    }

    mutating func check(_ bytes: Span<UInt8>) throws { _ = try output?.consume(bytes) }

    func finish(_ sum: StreamSum) throws {
        guard let output else { preconditionFailure("an archive without a table of contents is refused before") }
        record.set(try output.finish(), rawSizes: try input.finish().payloadSizes)
    }
}

extension ArchiveFeed: Sendable where Source: Sendable & ~Copyable {}

extension TableOfContents {
    /// The table of the archive that the gateway compresses, or leaves as it is.
    ///
    /// Throws ``DumpError`` if the data is compressed already: compressed twice, nobody could read it; and if archives of
    /// this version cannot say it.
    func packed(by compression: ArchiveCompression) throws(DumpError) -> TableOfContents {
        guard header.compression == .none else { throw DumpError(.compressedByTool) }
        guard let packed = compressed(by: compression) else {
            throw DumpError(.methodUnknown, detail: "version \(header.version)")
        }
        return packed
    }
}
