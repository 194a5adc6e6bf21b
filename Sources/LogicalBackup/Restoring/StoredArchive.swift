import BackupModel
import BlobStorage
import ByteStreams
import PostgresFormats
import Subprocesses

/// A custom-format archive in a store, whose table of contents has been read and whose members can be read by themselves.
struct StoredArchive: StoredDump {
    /// The data of one entry.
    struct Member: Sendable, Hashable {
        let dumpID: DumpID
        /// Where its block lies in the blob, framing and all.
        let range: Range<Int>
    }

    let blob: BlobName
    /// The state in which it was read, and in which it has to stay.
    let state: BlobProperties
    let pieces: PieceDigests?
    let contents: TableOfContents
    let settings: [DumpID]
    /// In the order in which they lie in the archive.
    let members: [Member]

    /// Reads the table of contents, and finds the members: by their offsets, or by reading the archive once if it was
    /// written to a pipe and has none.
    ///
    /// - Parameters:
    ///   - pieces: The digests to check every byte against, if there are any.
    ///   - prefixLength: How much is before the data, in bytes, if that was written down; else more may be read than that.
    ///   - contentsLimit: The largest table of contents, in bytes; it is held in memory.
    static func open(
        _ blob: BlobName, pieces: PieceDigests?, prefixLength: Int?, by downloader: Downloader, contentsLimit: Int
    ) async throws -> StoredArchive {
        let (contents, state) = try await contents(
            of: blob, pieces: pieces, prefixLength: prefixLength, by: downloader, limit: contentsLimit)
        var members = membersByOffset(contents, size: state.size)
        if members == nil {
            var sink = IndexSink(indexer: ArchiveIndexer(maximumPrefixSize: contentsLimit))
            try await downloader.download(0..<state.size, of: blob, state: state, pieces: pieces, into: &sink)
            members = try sink.indexer.finish().members.map {
                Member(dumpID: $0.dumpID, range: $0.offset..<$0.offset + $0.length)
            }
        }
        return StoredArchive(
            blob: blob, state: state, pieces: pieces, contents: contents, settings: contents.settings,
            members: members ?? [])
    }

    /// Reads the table of contents alone; see ``open(_:pieces:prefixLength:by:contentsLimit:)``.
    static func contents(
        of blob: BlobName, pieces: PieceDigests?, prefixLength: Int?, by downloader: Downloader, limit: Int
    ) async throws -> (contents: TableOfContents, state: BlobProperties) {
        let state = try await downloader.store.properties(of: blob, if: .always)
        if let pieces, pieces.size != state.size {
            throw TransferError(kind: .wrongSize(blob: blob.text, expected: pieces.size, found: state.size))
        }
        let contents = try await contents(first: prefixLength ?? firstRead, limit: limit, size: state.size) { count in
            try await downloader.bytes(of: blob, in: 0..<count, state: state, pieces: pieces)
        }
        return (contents, state)
    }

    /// What is read first where nothing is known; most tables of contents are smaller.
    private static let firstRead = 256 << 10

    /// Reads `first` bytes, and then twice as much again and again, until the table of contents is in it.
    private static func contents(
        first: Int, limit: Int, size: Int, read: (Int) async throws -> [UInt8]
    ) async throws -> TableOfContents {
        var count = min(max(first, 1), limit, size)
        while true {
            let bytes = try await read(count)
            switch try TableOfContents.parse(prefix: bytes.span, archiveSize: size, maximumPrefixSize: limit) {
            case .complete(let contents): return contents
            case .needsMore(let least): count = min(max(count * 2, least, firstRead), size)
            }
        }
    }

    /// Where the members lie, or `nil` unless every entry with data says it; each ends where the next one begins.
    static func membersByOffset(_ contents: TableOfContents, size: Int) -> [Member]? {
        var starts: [(dumpID: DumpID, offset: Int)] = []
        for entry in contents {
            switch entry.dataState {
            case .noData: continue
            case .offsetNotSet: return nil
            case .offset(let offset): starts.append((entry.dumpID, offset))
            }
        }
        starts.sort { $0.offset < $1.offset }
        let ends = starts.dropFirst().map(\.offset) + [size]
        return zip(starts, ends).map { start, end in Member(dumpID: start.dumpID, range: start.offset..<end) }
    }

    /// A name that no other archive has.
    var identity: String { pieces.map(Self.identity) ?? Self.identity(of: blob, state) }

    static func identity(of pieces: PieceDigests) -> String { Hexadecimal.text(pieces.root) }
    static func identity(of blob: BlobName, _ state: BlobProperties) -> String { "\(blob) \(state.size) \(state.tag)" }

    func write(_ batch: RestoreBatch, by downloader: Downloader, to input: ProcessInput) async throws {
        for run in batch.reads(checkedBy: pieces) { try await read(run, of: batch, by: downloader, into: input) }
    }

    private func read(
        _ run: RestoreBatch.Read, of batch: RestoreBatch, by downloader: Downloader, into input: ProcessInput
    ) async throws {
        var sink = WantedSink(input, run)
        do {
            try await downloader.download(run.range, of: blob, state: state, pieces: pieces, into: &sink)
        } catch {
            throw MemberError.naming(error, in: run.range, reached: sink.position) { position in
                let member = batch.members.first { $0.range.upperBound > position } ?? batch.members.last
                return member.map(name)
            }
        }
    }
}

/// Takes note of where the members of an archive are.
private struct IndexSink: ByteSink {
    var indexer: ArchiveIndexer

    mutating func write(_ bytes: Span<UInt8>) async throws { _ = try indexer.consume(bytes) }
}
