import ByteStreams
import PostgresFormats
import Synchronization
import SystemCalls

/// The data of a custom-format archive as it is being written: everything behind the table of contents.
///
/// The table of contents is held back, because the positions of the data are written into it when the data has gone.
/// The source ends well only if the one underneath does (pg_dump exited 0) *and* every member that the table of
/// contents announces has passed whole. Then ``ArchiveRecord/index()`` answers.
struct ArchiveSource<Source: ByteSource & ~Copyable>: ~Copyable, ByteSource {
    private var source: Source
    private var indexer: ArchiveIndexer
    /// Data that came in the same read as the end of the table of contents.
    private var pending: [UInt8] = []
    private let record: ArchiveRecord

    /// - Parameter contentsLimit: The largest table of contents, in bytes; it is held in memory.
    init(_ source: consuming Source, contentsLimit: Int, record: ArchiveRecord) {
        self.source = source
        self.record = record
        indexer = ArchiveIndexer(maximumPrefixSize: contentsLimit)
    }

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        while indexer.prefixLength == nil {
            guard try await readContents() else { return try finish() }
        }
        if !pending.isEmpty {
            let count = min(pending.count, buffer.freeCapacity)
            buffer.append(copying: pending.span.extracting(first: count))
            pending.removeFirst(count)
            return
        }
        let before = buffer.count
        try await source.read(into: &buffer)
        guard buffer.count > before else { return try finish() }
        _ = try indexer.consume(buffer.span.extracting(before...))
    }

    /// Reads a piece of the table of contents; false at the end of the source.
    private mutating func readContents() async throws -> Bool {
        let piece = try await [UInt8].filled(capacity: 64 << 10) { try await source.read(into: &$0) }
        guard !piece.isEmpty else { return false }
        let contents = try indexer.consume(piece.span)
        pending = Array(piece[contents...])
        return true
    }

    private func finish() throws {
        let index = try indexer.finish()
        let isRaw = index.contents.header.compression == .none
        record.set(index, rawSizes: isRaw ? index.payloadSizes : [:])
    }
}

extension ArchiveSource: Sendable where Source: Sendable & ~Copyable {}

/// Where a source leaves the index of the archive that has passed through it.
final class ArchiveRecord: Sendable {
    private let state = Mutex<(index: ArchiveIndex, rawSizes: [DumpID: Int])?>(nil)

    /// - Parameter rawSizes: For each member the bytes of its data before they were compressed, where that is known.
    func set(_ index: ArchiveIndex, rawSizes: [DumpID: Int]) { state.withLock { $0 = (index, rawSizes) } }

    var rawSizes: [DumpID: Int] { state.withLock { $0?.rawSizes } ?? [:] }

    /// The index, once the archive has passed whole.
    func index() -> ArchiveIndex {
        guard let index = state.withLock({ $0?.index }) else {
            preconditionFailure("the index is asked for after the source has ended well")
        }
        return index
    }
}
