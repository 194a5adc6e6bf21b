/// The table of contents that stands once more behind the data of some archives, compared as its bytes pass.
///
/// When its output can seek, pg_dump goes back and writes the table of contents again, with offsets. In versions 16 to 18
/// it also lets its standard output append, so that with `pg_dump -Fc > FILE` the second table lands behind the data, and
/// the first stays without offsets. Definitions of statistics, which pg_dump passes over then, are not in it.
struct RepeatedContents: Sendable {
    private let contents: TableOfContents
    private let offsets: [DumpID: Int]
    /// What must come next; slices of the table of contents, but for the offsets.
    private var expected: ArraySlice<UInt8>
    /// Further parts of the same entry, the last first.
    private var parts: [ArraySlice<UInt8>] = []
    private var entry = 0

    /// - Parameter members: Where the data was seen to lie.
    init(of contents: TableOfContents, members: [ArchiveMember]) {
        self.contents = contents
        offsets = Dictionary(members.map { ($0.dumpID, $0.offset) }, uniquingKeysWith: { first, _ in first })
        let start = contents.layouts.first.map { Int($0.start) } ?? contents.prefix.count
        expected = contents.prefix[start - Self.countSize..<start]
    }

    /// The number of entries, an integer.
    private static let countSize = 5

    var isComplete: Bool { expected.isEmpty && parts.isEmpty && entry == contents.count }

    /// Compares bytes of the archive from `start` to its end.
    ///
    /// - Parameter position: Where in the archive the first of them lies.
    mutating func consume(_ bytes: Span<UInt8>, from start: Int, at position: Int) throws(ArchiveError) {
        var index = start
        while index < bytes.count {
            guard advance() else {
                throw .damaged(at: position + index - start, "bytes follow its second table of contents")
            }
            let count = min(expected.count, bytes.count - index)
            let first = expected.startIndex
            for step in 0..<count where bytes[index + step] != expected[first + step] {
                throw .damaged(
                    at: position + index - start + step,
                    "what follows the data is neither a block nor the table of contents once more")
            }
            expected.removeFirst(count)
            index += count
        }
    }

    /// Makes sure that something is expected; false at the end.
    private mutating func advance() -> Bool {
        while expected.isEmpty {
            if parts.isEmpty {
                guard entry < contents.count else { return false }
                parts = self.parts(of: contents.layouts[entry])
                entry += 1
            }
            expected = parts.removeLast()
        }
        return true
    }

    private func parts(of layout: EntryLayout) -> [ArraySlice<UInt8>] {
        let state: DataState =
            layout.dataState.hasData ? offsets[layout.dumpID].map { .offset($0) } ?? .offsetNotSet : .noData
        let range = layout.bytesBeforeDataState
        let isStatistics = TOCEntry(prefix: contents.prefix, layout: layout).desc == "STATISTICS DATA"
        guard isStatistics, let definition = layout.definition.range else {
            return [state.encoded[...], contents.prefix[range]]
        }
        let length = definition.lowerBound - Self.countSize
        return [
            state.encoded[...], contents.prefix[definition.upperBound..<range.upperBound],
            contents.prefix[range.lowerBound..<length],
        ]
    }
}
