/// An archive's header and its list of entries, in the order in which the archive has them.
///
/// It holds the bytes it was read from once (`prefix`) and about 250 bytes more for each entry.
public struct TableOfContents: Sendable {
    public internal(set) var header: ArchiveHeader
    /// The archive's bytes before its first block: the header and this table, as they were read.
    public internal(set) var prefix: [UInt8]
    var layouts: [EntryLayout]
    private let indexByDumpID: [DumpID: Int]

    /// - Parameter layouts: read from `prefix`, which ends with the last of them.
    init(header: ArchiveHeader, prefix: [UInt8], layouts: [EntryLayout]) throws(ArchiveError) {
        self.header = header
        self.prefix = prefix
        self.layouts = layouts
        var indices: [DumpID: Int] = [:]
        indices.reserveCapacity(layouts.count)
        for (index, layout) in layouts.enumerated() {
            guard indices.updateValue(index, forKey: layout.dumpID) == nil else {
                throw .damaged(at: layout.dataStatePosition, "two entries have the dump ID \(layout.dumpID)")
            }
        }
        indexByDumpID = indices
    }

    public subscript(dumpID: DumpID) -> TOCEntry? { index(of: dumpID).map { self[$0] } }

    func index(of dumpID: DumpID) -> Int? { indexByDumpID[dumpID] }
}

extension TableOfContents: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { layouts.count }
    public subscript(index: Int) -> TOCEntry { TOCEntry(prefix: prefix, layout: layouts[index]) }
}
