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
            guard let state = replacement(layout.dumpID) else { continue }
            let encoded = state.encoded
            bytes.replaceSubrange(layout.dataStatePosition..<layout.dataStatePosition + encoded.count, with: encoded)
        }
        return bytes
    }
}
