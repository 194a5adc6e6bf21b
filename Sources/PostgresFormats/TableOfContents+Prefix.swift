extension TableOfContents {
    /// The prefix as pg_dump writes it to a pipe: entries have data, and nothing says where.
    ///
    /// Alone on standard input it serves `pg_restore --list` and `pg_restore --schema-only`, which then read no data.
    public func schemaOnlyPrefix() -> [UInt8] { prefix(replacingDataStates: { _ in .offsetNotSet }) }

    /// The prefix with other data states, which have the same size.
    /// - Parameter replacement: asked for entries that have data; `nil` keeps what was read.
    func prefix(replacingDataStates replacement: (DumpID) -> DataState?) -> [UInt8] {
        var bytes = prefix
        for layout in layouts where layout.dataState.hasData {
            // An array that is not changed is not copied.
            guard let state = replacement(layout.dumpID), state != layout.dataState else { continue }
            let encoded = state.encoded
            bytes.replaceSubrange(layout.dataStatePosition..<layout.dataStatePosition + encoded.count, with: encoded)
        }
        return bytes
    }

    /// Whether it says of any data where it lies.
    var hasOffsets: Bool {
        layouts.contains { layout in if case .offset = layout.dataState { true } else { false } }
    }

    /// The table of the archive that has the same data, compressed otherwise: where the data lies is not known.
    ///
    /// Its prefix has the same size; `nil` if archives of this version cannot be compressed so.
    public func compressed(by compression: ArchiveCompression) -> TableOfContents? {
        guard let field = compression.encoded(in: header.version) else { return nil }
        let start = ArchiveHeader.compressionPosition
        var copy = self
        copy.header.compression = compression
        copy.prefix = schemaOnlyPrefix()
        if hasOffsets { for index in copy.layouts.indices { copy.layouts[index].forgetOffset() } }
        copy.prefix.replaceSubrange(start..<start + field.count, with: field)
        return copy
    }
}
