import PostgresFormats

/// How many bytes of an archive it takes to restore a part of it.
public struct SelectedVolume: Sendable, Hashable {
    /// The table of contents and the data of the chosen entries.
    public let needed: Int
    /// Up to the end of the last of them, which is what restoring in one stream reads.
    public let streamed: Int

    init(needed: Int, streamed: Int) {
        self.needed = needed
        self.streamed = streamed
    }

    /// Computed from where the table of contents says that data lies; `nil` if it does not say.
    ///
    /// pg_dump that writes to a pipe leaves the places open.
    init?(of members: Set<DumpID>, in contents: TableOfContents, archiveSize: Int) {
        var places: [(dumpID: DumpID, offset: Int)] = []
        for entry in contents {
            switch entry.dataState {
            case .noData: continue
            case .offsetNotSet: return nil
            case .offset(let offset): places.append((entry.dumpID, offset))
            }
        }
        places.sort { $0.offset < $1.offset }
        var needed = contents.prefix.count
        var streamed = needed
        for (index, place) in places.enumerated() where members.contains(place.dumpID) {
            let end = index + 1 < places.count ? places[index + 1].offset : archiveSize
            needed += end - place.offset
            streamed = end
        }
        self.init(needed: needed, streamed: streamed)
    }
}

extension SelectedEntries {
    /// `nil` if the archive does not say where its data lies.
    public var volume: SelectedVolume? {
        SelectedVolume(of: members, in: contents, archiveSize: archiveSize)
    }
}
