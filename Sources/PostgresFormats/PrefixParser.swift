/// Collects an archive's prefix from a stream and reads it as far as it has come.
///
/// Work is proportional to the bytes, however they are split and whatever they say: what is read again when more bytes
/// come is at most the fixed fields of one entry, and their strings are passed over.
struct PrefixParser: Sendable {
    let maximumSize: Int
    private let format: ArchiveFormat
    /// `nil` until the last byte of the prefix has come.
    private(set) var contents: TableOfContents?
    /// The bytes without which reading gets no further, counted from the start of the archive.
    private(set) var needed = 1
    private var bytes: [UInt8] = []
    /// The end of the last part that was read whole: the header, the count, an entry's fixed fields, a dependency.
    private var position = 0
    private var header: ArchiveHeader?
    private var entryCount: Int?
    private var layouts: [EntryLayout] = []
    /// Of a directory: for each entry the name of its file, empty if it has none.
    private(set) var fileNames: [TextRange] = []
    /// Whether the last of `layouts` still lacks its end.
    private var isInEntry = false

    /// Bytes taken at a time beyond those needed, some of which may turn out to be data and are given back.
    private static let step = 64 << 10

    init(maximumSize: Int, format: ArchiveFormat = .custom) {
        self.format = format
        // Offsets of strings are kept in 32 bits, and no sum of an offset and a length may overflow.
        self.maximumSize = min(max(maximumSize, 0), Int(Int32.max))
    }

    /// Takes the leading bytes that belong to the prefix and returns their number.
    mutating func consume(_ span: Span<UInt8>) throws(ArchiveError) -> Int {
        var taken = 0
        while contents == nil, taken < span.count {
            let end = min(span.count, taken + max(needed - bytes.count, Self.step))
            bytes.reserveCapacityGeometrically(bytes.count + end - taken)
            for index in taken..<end { bytes.append(span[index]) }
            taken = end
            if bytes.count >= needed { taken -= try advance() }
        }
        return taken
    }

    /// How many bytes have been consumed, as long as `contents` is `nil`.
    var count: Int { bytes.count }

    /// The error of an archive that has `size` bytes.
    func truncated(at size: Int) -> ArchiveError {
        guard size > 0 else { return ArchiveError(.empty, at: 0, "the archive is empty") }
        let part =
            switch entryCount {
            case nil where header == nil: "its header"
            case nil: "its table of contents"
            case let count?: "its table of contents, after \(layouts.count) of \(count) entries"
            }
        return .truncated(at: size, inside: part)
    }

    /// Reads what has come, and returns how many bytes turned out to lie behind the prefix.
    private mutating func advance() throws(ArchiveError) -> Int {
        do throws(PrefixCursor.Stop) {
            try readParts()
        } catch {
            switch error {
            case .refused(let error): throw error
            case .needs(let end):
                needed = end
                return 0
            }
        }
        guard let header else { return 0 }
        let excess = bytes.count - position
        bytes.removeLast(excess)
        bytes.giveBackRoom()
        contents = try TableOfContents(header: header, prefix: bytes, layouts: layouts)
        (bytes, layouts) = ([], [])
        return excess
    }

    /// Reads to the end of the prefix, or throws.
    private mutating func readParts() throws(PrefixCursor.Stop) {
        var cursor = PrefixCursor(bytes, from: position, maximum: maximumSize)
        let header: ArchiveHeader
        if let known = self.header {
            header = known
        } else {
            header = try ArchiveHeader(from: &cursor, format: format)
            (self.header, position) = (header, cursor.position)
        }
        let count: Int
        if let known = entryCount {
            count = known
        } else {
            count = try Self.entryCount(&cursor)
            (entryCount, position) = (count, cursor.position)
        }
        while layouts.count < count || isInEntry {
            try readEntry(&cursor, version: header.version)
        }
    }

    /// Begins an entry or goes on with it, to its end.
    private mutating func readEntry(
        _ cursor: inout PrefixCursor, version: ArchiveVersion
    ) throws(PrefixCursor.Stop) {
        if !isInEntry {
            layouts.append(try EntryLayout(fixedFieldsFrom: &cursor, version: version))
            (isInEntry, position) = (true, cursor.position)
        }
        let last = layouts.count - 1
        while let dumpID = try EntryLayout.dependency(&cursor) {
            layouts[last].dependencies.append(dumpID)
            position = cursor.position
        }
        switch format {
        case .custom: try layouts[last].readDataState(&cursor)
        case .directory: fileNames.append(try layouts[last].readFileName(&cursor))
        }
        (isInEntry, position) = (false, cursor.position)
    }

    private static func entryCount(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) -> Int {
        let start = cursor.position
        let count = Int(try cursor.integer())
        guard count >= 0 else { throw .refused(.damaged(at: start, "the table of contents has \(count) entries")) }
        let least = cursor.position + count * EntryLayout.minimumSize
        guard least <= cursor.maximum else { throw .refused(.contentsTooLarge(least, maximum: cursor.maximum)) }
        return count
    }
}

extension [UInt8] {
    /// Makes room at once instead of in many small steps, and doubles so that repeated calls stay linear.
    fileprivate mutating func reserveCapacityGeometrically(_ count: Int) {
        if count > capacity { reserveCapacity(Swift.max(count, capacity * 2)) }
    }

    /// Moves to memory of its own size if much of what it has is not used.
    fileprivate mutating func giveBackRoom() {
        guard capacity > count + count / 4 else { return }
        var exact: [UInt8] = []
        exact.reserveCapacity(count)
        exact += self
        self = exact
    }
}
