@testable import PostgresFormats

/// Writes archives that no pg_dump at hand would: of other versions, and broken in chosen ways.
struct ArchiveEncoder {
    var version = ArchiveVersion(1, 14)
    var integerSize: UInt8 = 4
    var offsetSize: UInt8 = 8
    var format: UInt8 = 1
    /// The zlib level; written as a method from version 1.15 on.
    var level: Int32 = 0
    var date: [Int32] = [1, 2, 3, 4, 5, 126, -1]
    var names: [[UInt8]?] = [Array("db".utf8), Array("15.4".utf8), Array("15.4".utf8)]
    var entries: [Entry] = []
    /// Said in place of the number of entries.
    var entryCount: Int32?
    var data: [UInt8] = []

    struct Entry {
        var dumpID: Int32
        var hadDumper: Int32 = 0
        var tableOID = "0"
        var oid = "0"
        var tag: [UInt8]? = Array("name".utf8)
        var desc: [UInt8]? = Array("TABLE".utf8)
        var section: Int32 = 2
        var definition: [UInt8]?
        var dropStatement: [UInt8]?
        var copyStatement: [UInt8]?
        var namespace: [UInt8]?
        var tablespace: [UInt8]?
        var tableAccessMethod: [UInt8]?
        var relationKind: Int32 = 0
        var owner: [UInt8]?
        var withOIDs: [UInt8]? = Array("false".utf8)
        var dependencies: [String] = []
        var state: [UInt8] = DataState.noData.encoded

        static func tableData(_ dumpID: Int32) -> Entry {
            Entry(dumpID: dumpID, desc: Array("TABLE DATA".utf8), section: 3, state: DataState.offsetNotSet.encoded)
        }

        static func largeObjects(_ dumpID: Int32) -> Entry {
            Entry(dumpID: dumpID, desc: Array("BLOBS".utf8), section: 3, state: DataState.offsetNotSet.encoded)
        }
    }

    func encoded() -> [UInt8] { prefix() + data }

    func prefix() -> [UInt8] {
        var bytes = Array("PGDMP".utf8)
        bytes += [version.major, version.minor, version.revision, integerSize, offsetSize, format]
        bytes += version >= ArchiveVersion(1, 15) ? [level == 0 ? 0 : 1] : Self.integer(level)
        bytes += date.flatMap(Self.integer) + names.flatMap(Self.text)
        bytes += Self.integer(entryCount ?? Int32(entries.count))
        return bytes + entries.flatMap(encode)
    }

    private func encode(_ entry: Entry) -> [UInt8] {
        var bytes = Self.integer(entry.dumpID) + Self.integer(entry.hadDumper)
        bytes += Self.text(Array(entry.tableOID.utf8)) + Self.text(Array(entry.oid.utf8))
        bytes += Self.text(entry.tag) + Self.text(entry.desc) + Self.integer(entry.section)
        bytes += Self.text(entry.definition) + Self.text(entry.dropStatement) + Self.text(entry.copyStatement)
        bytes += Self.text(entry.namespace) + Self.text(entry.tablespace)
        if version >= ArchiveVersion(1, 14) { bytes += Self.text(entry.tableAccessMethod) }
        if version >= ArchiveVersion(1, 16) { bytes += Self.integer(entry.relationKind) }
        bytes += Self.text(entry.owner) + Self.text(entry.withOIDs)
        bytes += entry.dependencies.flatMap { Self.text(Array($0.utf8)) } + Self.text(nil)
        return bytes + entry.state
    }

    static func integer(_ value: Int32) -> [UInt8] {
        [value < 0 ? 1 : 0] + (0..<4).map { UInt8(truncatingIfNeeded: value.magnitude >> UInt32($0 * 8)) }
    }

    static func text(_ bytes: [UInt8]?) -> [UInt8] {
        guard let bytes else { return integer(-1) }
        return integer(Int32(bytes.count)) + bytes
    }

    /// One table's block, with a chunk for each of `chunks`.
    static func table(_ dumpID: Int32, chunks: [[UInt8]]) -> [UInt8] {
        [1] + integer(dumpID) + chunks.flatMap(text) + integer(0)
    }
}

extension ArchiveEncoder {
    /// Says again, in another version, what `contents` says; the data is the caller's to add.
    init(_ contents: TableOfContents, version: ArchiveVersion) {
        let header = contents.header
        self.version = version
        level = header.compression == .none ? 0 : -1
        names = [header.database, header.serverVersion, header.dumpVersion].map { $0.map { Array($0.bytes) } }
        entries = contents.map(Entry.init)
    }
}

extension ArchiveEncoder.Entry {
    init(_ entry: TOCEntry) {
        self.init(dumpID: entry.dumpID.rawValue)
        hadDumper = entry.hadDumper ? 1 : 0
        tableOID = String(entry.tableOID)
        oid = String(entry.oid)
        tag = entry.tag.map { Array($0.bytes) }
        desc = entry.desc.map { Array($0.bytes) }
        section = entry.section.rawValue
        definition = entry.definition.map { Array($0.bytes) }
        dropStatement = entry.dropStatement.map { Array($0.bytes) }
        copyStatement = entry.copyStatement.map { Array($0.bytes) }
        namespace = entry.namespace.map { Array($0.bytes) }
        tablespace = entry.tablespace.map { Array($0.bytes) }
        tableAccessMethod = entry.tableAccessMethod.map { Array($0.bytes) }
        relationKind = entry.relationKind ?? 0
        owner = entry.owner.map { Array($0.bytes) }
        withOIDs = entry.withOIDs.map { Array($0.bytes) }
        dependencies = entry.dependencies.map(\.description)
        state = entry.dataState.encoded
    }
}
