import BlobStorage
import PostgresFormats

/// How many bytes of an archive it takes to restore a part of it.
public struct SelectedVolume: Sendable, Hashable {
    /// The table of contents and the data of the chosen entries.
    public let needed: Int
    /// What is read for them: where pieces have digests, every piece that holds any of it.
    public let read: Int

    init(needed: Int, read: Int) {
        self.needed = needed
        self.read = read
    }

    /// Computed from where the table of contents says that data lies; `nil` if it does not say.
    ///
    /// pg_dump that writes to a pipe leaves the places open.
    init?(of members: Set<DumpID>, in contents: TableOfContents, archiveSize: Int, pieces: PieceDigests?) {
        guard let all = StoredArchive.membersByOffset(contents, size: archiveSize) else { return nil }
        let part = RestoreBatch(members: all.filter { members.contains($0.dumpID) })
        func read(_ range: Range<Int>) -> Int {
            pieces.map { $0.pieces(touching: range).reduce(0) { $0 + $1.range.count } } ?? range.count
        }
        let prefix = contents.prefix.count
        let runs = part.reads(checkedBy: pieces)
        self.init(needed: prefix + part.size, read: read(0..<prefix) + runs.reduce(0) { $0 + read($1.range) })
    }
}

extension SelectedEntries {
    /// `nil` if the archive does not say where its data lies: then all of it is read to find out.
    public var volume: SelectedVolume? {
        if let memberSizes {
            // Files are read whole, and no others.
            let size = archiveSize + members.reduce(0) { $0 + (memberSizes[$1] ?? 0) }
            return SelectedVolume(needed: size, read: size)
        }
        return SelectedVolume(of: members, in: contents, archiveSize: archiveSize, pieces: pieces)
    }
}
