import ByteStreams
import PostgresFormats

/// Hands on an archive as far as the last of some members goes, and then ends what feeds it.
///
/// Without it, pg_restore that has all it wants would stop reading in the middle of the rest.
struct SelectedPartSink<Sink: ByteSink & ~Copyable>: ~Copyable, ByteSink {
    /// Thrown when everything has been handed on: it ends the download, and is no failure.
    struct Complete: Error {}

    private var sink: Sink
    private var indexer: ArchiveIndexer
    private var missing: Set<DumpID>
    private var position = 0
    private var membersSeen = 0

    init(_ sink: consuming Sink, contents: TableOfContents, members: Set<DumpID>) {
        self.sink = sink
        missing = members
        indexer = ArchiveIndexer(maximumPrefixSize: contents.prefix.count)
    }

    mutating func write(_ bytes: Span<UInt8>) async throws {
        _ = try indexer.consume(bytes)
        let start = position
        position += bytes.count
        guard let end = try endOfLast() else { return try await sink.write(bytes) }
        if end > start { try await sink.write(bytes.extracting(first: end - start)) }
        throw Complete()
    }

    /// Where the last wanted member ended, or the prefix where none is wanted; `nil` as long as something is to come.
    private mutating func endOfLast() throws -> Int? {
        guard let prefixLength = indexer.prefixLength else { return nil }
        var end = prefixLength
        for member in indexer.members[membersSeen...] where missing.remove(member.dumpID) != nil {
            end = member.offset + member.length
        }
        membersSeen = indexer.members.count
        return missing.isEmpty ? end : nil
    }

    /// The error of an archive that ended before everything had been handed on.
    consuming func endedEarly() -> any Error {
        do {
            _ = try indexer.finish()
        } catch {
            return error
        }
        return StreamError(kind: .endedEarly(expected: position + 1, received: position))
    }
}

extension SelectedPartSink: Sendable where Sink: Sendable & ~Copyable {}
