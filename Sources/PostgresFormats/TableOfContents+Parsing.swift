extension TableOfContents {
    /// What came of reading the first bytes of an archive.
    public enum Reading: Sendable {
        case complete(TableOfContents)
        /// The table goes on; nothing can be gained by trying again with fewer than `atLeast` bytes.
        case needsMore(atLeast: Int)
    }

    /// Reads the table of contents from an archive's first bytes; what follows the table is not looked at.
    ///
    /// Each attempt reads from the start, so ask for twice as many bytes after each `needsMore` (and for `atLeast`).
    /// - Parameters:
    ///   - archiveSize: the size of the whole archive in bytes; a table that goes beyond its end is `truncated`.
    ///   - maximumPrefixSize: see `ArchiveIndexer`.
    public static func parse(
        prefix bytes: Span<UInt8>, archiveSize: Int, maximumPrefixSize: Int
    ) throws(ArchiveError) -> Reading {
        var parser = PrefixParser(maximumSize: maximumPrefixSize)
        _ = try parser.consume(bytes)
        guard let contents = parser.contents else {
            guard parser.needed <= archiveSize else { throw parser.truncated(at: archiveSize) }
            return .needsMore(atLeast: parser.needed)
        }
        try contents.checkOffsets(archiveSize: archiveSize)
        return .complete(contents)
    }

    /// Refuses offsets at which no data can lie; most often the archive was cut.
    private func checkOffsets(archiveSize: Int) throws(ArchiveError) {
        for layout in layouts {
            guard case .offset(let offset) = layout.dataState else { continue }
            let entry = TOCEntry(prefix: prefix, layout: layout)
            guard offset >= prefix.count else {
                throw .damaged(at: layout.dataStatePosition, "the data of \(entry) cannot lie at byte \(offset)")
            }
            guard offset < archiveSize else {
                throw ArchiveError(
                    .truncated, at: archiveSize,
                    "the archive ends at byte \(archiveSize), before the data of \(entry) at byte \(offset)")
            }
        }
    }
}
