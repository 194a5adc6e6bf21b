/// One entry of an archive's table of contents: an object, or the data of one.
///
/// It is a view into the table of contents, which it keeps alive.
public struct TOCEntry: Sendable {
    let prefix: [UInt8]
    let layout: EntryLayout

    public var dumpID: DumpID { layout.dumpID }
    /// Whether pg_dump had a routine that writes data for this entry.
    public var hadDumper: Bool { layout.hadDumper }
    /// The catalog that `oid` is a row of, or 0.
    public var tableOID: UInt32 { layout.tableOID }
    /// The object's identifier in the dumped database, or 0.
    ///
    /// For table data it is that of the table, although `tableOID` is 0.
    public var oid: UInt32 { layout.oid }
    /// The object's name, mostly; some kinds say more.
    public var tag: ArchiveText? { text(layout.tag) }
    /// What the object is, such as `TABLE`, `TABLE DATA`, `BLOBS`.
    public var desc: ArchiveText? { text(layout.desc) }
    public var section: Section { layout.section }
    /// The statements that make the object.
    public var definition: ArchiveText? { text(layout.definition) }
    public var dropStatement: ArchiveText? { text(layout.dropStatement) }
    /// The `COPY … FROM stdin` before a table's data.
    public var copyStatement: ArchiveText? { text(layout.copyStatement) }
    public var namespace: ArchiveText? { text(layout.namespace) }
    public var tablespace: ArchiveText? { text(layout.tablespace) }
    /// `nil` also in archives before version 1.14.
    public var tableAccessMethod: ArchiveText? { text(layout.tableAccessMethod) }
    /// `pg_class.relkind` as a character code, 0 for other objects; `nil` in archives before version 1.16.
    public var relationKind: Int32? { layout.relationKind }
    public var owner: ArchiveText? { text(layout.owner) }
    /// `true` or `false`; always `false` since PostgreSQL 12.
    public var withOIDs: ArchiveText? { text(layout.withOIDs) }
    /// The entries to restore first; may name entries that the archive does not have, and one twice.
    public var dependencies: [DumpID] { layout.dependencies }
    public var dataState: DataState { layout.dataState }

    /// When an entry is restored, relative to the data.
    public enum Section: Int32, Sendable, Hashable, CaseIterable {
        /// Belongs to the section of the last entry before it that has one: comments, grants, security labels.
        case none = 1
        case preData = 2
        case data = 3
        case postData = 4
    }

    private func text(_ range: TextRange) -> ArchiveText? { range.range.map { ArchiveText(prefix[$0]) } }
}

extension TOCEntry: CustomStringConvertible {
    /// `TABLE DATA public.rows (dump ID 3377)`, safe in a message.
    public var description: String {
        let name = [namespace, tag].compactMap(\.?.description).joined(separator: ".")
        return "\(desc?.description ?? "entry") \(name) (dump ID \(dumpID))"
    }
}
