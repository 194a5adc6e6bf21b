/// Where the fields of one entry lie in the prefix, and those of them that are numbers.
struct EntryLayout: Sendable {
    /// The offset of the entry's first byte; in 32 bits, as those of its strings.
    let start: UInt32
    let dumpID: DumpID
    let hadDumper: Bool
    let tableOID: UInt32
    let oid: UInt32
    let tag: TextRange
    let desc: TextRange
    let section: TOCEntry.Section
    let definition: TextRange
    let dropStatement: TextRange
    let copyStatement: TextRange
    let namespace: TextRange
    let tablespace: TextRange
    let tableAccessMethod: TextRange
    let relationKind: Int32?
    let owner: TextRange
    let withOIDs: TextRange
    var dependencies: [DumpID] = []
    private(set) var dataState = DataState.noData
    /// The offset of the nine bytes of `dataState`, the last of the entry.
    private(set) var dataStatePosition = 0

    /// All of the entry but its data state.
    var bytesBeforeDataState: Range<Int> { Int(start)..<dataStatePosition }

    /// No entry of any version is shorter: four integers, eleven strings, a data state or the name of a file.
    static let minimumSize = 4 * 5 + 11 * 5 + 5

    /// Reads all but the dependencies and the data state, which follow in this order.
    init(fixedFieldsFrom cursor: inout PrefixCursor, version: ArchiveVersion) throws(PrefixCursor.Stop) {
        start = UInt32(cursor.position)
        dumpID = try Self.dumpID(&cursor)
        hadDumper = try cursor.integer() != 0
        tableOID = try Self.objectID(&cursor)
        oid = try Self.objectID(&cursor)
        tag = try cursor.text()
        desc = try cursor.text()
        section = try Self.section(&cursor)
        definition = try cursor.text()
        dropStatement = try cursor.text()
        copyStatement = try cursor.text()
        namespace = try cursor.text()
        tablespace = try cursor.text()
        tableAccessMethod = version >= .tableAccessMethods ? try cursor.text() : .null
        relationKind = version >= .relationKinds ? try cursor.integer() : nil
        owner = try cursor.text()
        withOIDs = try cursor.text()
    }

    mutating func readDataState(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) {
        let start = cursor.position
        dataState = try cursor.dataState()
        dataStatePosition = start
    }

    /// Reads what stands in the place of the data state in a directory, and answers it.
    mutating func readFileName(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) -> TextRange {
        let start = cursor.position
        let name = try cursor.text()
        dataState = name.count > 0 ? .offsetNotSet : .noData
        dataStatePosition = start
        return name
    }

    mutating func forgetOffset() { if dataState.hasData { dataState = .offsetNotSet } }

    /// One dependency, or `nil` after the last.
    static func dependency(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) -> DumpID? {
        let start = cursor.position
        guard let number = try cursor.decimal() else { return nil }
        guard let dumpID = Int32(exactly: number).flatMap(DumpID.init) else {
            throw .refused(.damaged(at: start, "an entry depends on the dump ID \(number)"))
        }
        return dumpID
    }

    private static func dumpID(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) -> DumpID {
        let start = cursor.position
        let number = try cursor.integer()
        guard let dumpID = DumpID(number) else {
            throw .refused(.damaged(at: start, "an entry has the dump ID \(number)"))
        }
        return dumpID
    }

    private static func objectID(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) -> UInt32 {
        let start = cursor.position
        guard let oid = try cursor.decimal() else {
            throw .refused(.damaged(at: start, "an object has no identifier"))
        }
        return oid
    }

    private static func section(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) -> TOCEntry.Section {
        let start = cursor.position
        let number = try cursor.integer()
        guard let section = TOCEntry.Section(rawValue: number) else {
            throw .refused(.damaged(at: start, "an entry has the section \(number)"))
        }
        return section
    }
}
