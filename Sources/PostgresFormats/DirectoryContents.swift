/// The table of contents of a directory-format dump: what its `toc.dat` says.
///
/// Header and entries are those of a custom archive, but for the format byte, and for what an entry says of its data:
/// the name of a file instead of a position.
public struct DirectoryContents: Sendable {
    /// The table of the custom archive that has the same entries, and its data uncompressed.
    public let archive: TableOfContents
    /// What the directory's header says; the names of its files tell how each of them is compressed.
    public let compression: ArchiveCompression
    /// The files of the entries that have data.
    public let files: [DumpID: DirectoryFile]
    /// Bytes of `toc.dat`.
    public let size: Int

    /// Reads a whole `toc.dat`.
    ///
    /// - Parameter maximumSize: The most bytes that it may have; at most 2 GiB are possible.
    public init(_ bytes: [UInt8], maximumSize: Int) throws(ArchiveError) {
        var parser = PrefixParser(maximumSize: maximumSize, format: .directory)
        let taken = try parser.consume(bytes.span)
        guard let table = parser.contents else { throw parser.truncated(at: bytes.count) }
        guard taken == bytes.count else {
            throw .damaged(at: taken, "bytes follow the table of contents of a directory")
        }
        archive = try table.ofArchive()
        compression = table.header.compression
        var files: [DumpID: DirectoryFile] = [:]
        for (layout, range) in zip(table.layouts, parser.fileNames) {
            guard let range = range.range, !range.isEmpty else { continue }
            let entry = TOCEntry(prefix: table.prefix, layout: layout)
            let name = String(decoding: table.prefix[range], as: UTF8.self)
            guard let file = entry.directoryFile(in: table.header.version), file.name == name else {
                throw .damaged(at: range.lowerBound, "the data of \(entry) cannot be in a file of that name")
            }
            files[layout.dumpID] = file
        }
        self.files = files
        size = bytes.count
    }
}

extension TableOfContents {
    /// The files of the entries that have data, in the order of the entries, if the dump is a directory.
    public var directoryFiles: [(dumpID: DumpID, file: DirectoryFile)] {
        compactMap { entry in entry.directoryFile(in: header.version).map { (entry.dumpID, $0) } }
    }

    /// The `toc.dat` of the directory that has the same entries.
    public func directoryPrefix() -> [UInt8] {
        var bytes = Array(prefix[..<entriesPosition])
        bytes[ArchiveHeader.formatPosition] = ArchiveFormat.directory.rawValue
        for (index, layout) in layouts.enumerated() {
            let name = Array((self[index].directoryFile(in: header.version)?.name ?? "").utf8)
            bytes += prefix[layout.bytesBeforeDataState] + BlockFraming.integer(Int32(name.count)) + name
        }
        return bytes
    }

    /// The table of a custom archive with the entries of this one, which is a directory's; the data is not compressed.
    fileprivate func ofArchive() throws(ArchiveError) -> TableOfContents {
        var bytes = Array(prefix[..<entriesPosition])
        bytes[ArchiveHeader.formatPosition] = ArchiveFormat.custom.rawValue
        for layout in layouts { bytes += prefix[layout.bytesBeforeDataState] + layout.dataState.encoded }
        let size = bytes.count
        guard case .complete(let table) = try Self.parse(prefix: bytes.span, archiveSize: size, maximumPrefixSize: size)
        else { throw .truncated(at: size, inside: "its table of contents") }
        guard let plain = table.compressed(by: .none) else {
            preconditionFailure("archives of every version may be uncompressed")
        }
        return plain
    }

    /// Where the first entry begins.
    private var entriesPosition: Int { layouts.first.map { Int($0.start) } ?? prefix.count }
}
