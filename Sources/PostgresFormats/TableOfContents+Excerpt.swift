extension TableOfContents {
    /// How much an excerpt keeps of an entry.
    public enum Keeping: Sendable, Hashable {
        /// All of it; its data may follow behind the excerpt.
        case everything
        /// Only the statement that drops it: what makes it is replaced by a comment, since pg_restore passes over
        /// entries that make nothing.
        case drop
        /// Only that it is there: pg_restore makes and drops nothing, but keeps apart in time what depends on it.
        case presence
    }

    /// The prefix of an archive that has only some of the entries, in the order in which this one has them.
    ///
    /// The dump IDs stay. Entries with data say that they have some, and not where. The ``settings`` are always there.
    /// - Parameter keeping: `nil` leaves the entry out.
    public func excerpt(_ keeping: (_ index: Int, TOCEntry) -> Keeping?) -> [UInt8] {
        encoded(
            indices.compactMap { index in
                let entry = self[index]
                return entry.isSetting ? (index, .everything) : keeping(index, entry).map { (index, $0) }
            })
    }

    /// The prefix of an archive that has these entries whole, in this order, whose data may follow it in the same order.
    ///
    /// The ``settings`` should be the first of them.
    /// - Parameter statement: What pg_restore is to run when it has restored them, in the same transaction if it has one.
    public func excerpt(of entries: some Sequence<DumpID>, followedBy statement: String? = nil) -> [UInt8] {
        encoded(entries.compactMap { index(of: $0) }.map { ($0, .everything) }, followedBy: statement)
    }

    /// The entries that tell pg_restore how to read the others: `ENCODING` and its like.
    public var settings: [DumpID] { filter(\.isSetting).map(\.dumpID) }

    private func encoded(
        _ parts: some Sequence<(index: Int, keeping: Keeping)>, followedBy statement: String? = nil
    ) -> [UInt8] {
        var entries: [UInt8] = []
        var count: Int32 = 0
        for (index, keeping) in parts {
            let layout = layouts[index]
            switch keeping {
            case .everything:
                let state: DataState = layout.dataState.hasData ? .offsetNotSet : .noData
                entries += prefix[layout.bytesBeforeDataState]
                entries += state.encoded
            case .drop: entries += stripped(layout, definition: Self.comment, dropStatement: layout.dropStatement)
            case .presence: entries += stripped(layout, definition: nil, dropStatement: .null)
            }
            count += 1
        }
        if let statement, let last = layouts.map(\.dumpID).max(), last.rawValue < .max {
            entries += entry(running: statement, dumpID: last.rawValue + 1)
            count += 1
        }
        return prefix[..<countPosition] + BlockFraming.integer(count) + entries
    }

    /// Begins with two dashes, as pg_restore wants it of what is no statement.
    private static let comment = Array("--\n".utf8)
    private static let null = BlockFraming.integer(-1)

    /// Where the number of entries stands: right before the first of them.
    private var countPosition: Int {
        (layouts.first.map { Int($0.start) } ?? prefix.count) - Self.null.count
    }

    /// The entry without data and without what pg_restore does beside the two statements: owner, tablespace, access
    /// method, copying.
    private func stripped(_ layout: EntryLayout, definition: [UInt8]?, dropStatement: TextRange) -> [UInt8] {
        func text(_ range: TextRange) -> [UInt8] { Self.text(range.range.map { prefix[$0] }) }

        var bytes = BlockFraming.integer(layout.dumpID.rawValue) + BlockFraming.integer(0)
        bytes += Self.text(String(layout.tableOID).utf8) + Self.text(String(layout.oid).utf8)
        bytes += text(layout.tag) + text(layout.desc) + BlockFraming.integer(layout.section.rawValue)
        bytes += Self.text(definition) + text(dropStatement) + Self.null
        bytes += text(layout.namespace) + Self.null
        bytes += tableFacts(relationKind: layout.relationKind ?? 0)
        // No owner is the empty string; NULL is not expected there by every version of pg_restore.
        bytes += Self.text([]) + text(layout.withOIDs)
        for dependency in layout.dependencies { bytes += Self.text(String(dependency.rawValue).utf8) }
        return bytes + Self.null + DataState.noData.encoded
    }

    /// An entry that is nothing but a statement; pg_restore knows such ones as comments on something.
    private func entry(running statement: String, dumpID: Int32) -> [UInt8] {
        var bytes = BlockFraming.integer(dumpID) + BlockFraming.integer(0) + Self.text("0".utf8) + Self.text("0".utf8)
        bytes += Self.text("statement".utf8) + Self.text("COMMENT".utf8)
        bytes += BlockFraming.integer(TOCEntry.Section.none.rawValue)
        bytes += Self.text(statement.utf8) + Self.text([]) + Self.null + Self.null + Self.null
        bytes += tableFacts(relationKind: 0) + Self.text([]) + Self.text("false".utf8)
        return bytes + Self.null + DataState.noData.encoded
    }

    /// No access method, and the kind of the relation, in the versions that have such fields.
    private func tableFacts(relationKind: Int32) -> [UInt8] {
        (header.version >= .tableAccessMethods ? Self.null : [])
            + (header.version >= .relationKinds ? BlockFraming.integer(relationKind) : [])
    }

    private static func text(_ bytes: (some Collection<UInt8>)?) -> [UInt8] {
        guard let bytes else { return null }
        return BlockFraming.integer(Int32(bytes.count)) + bytes
    }
}
