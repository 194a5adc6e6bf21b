import PostgresClient
import PostgresFormats

/// A table whose rows are to be read, or a range of its pages.
struct TablePart: Sendable, Hashable {
    let dumpID: DumpID
    let table: Table
    /// The first page, and the one behind the last; `nil` for as many as there are.
    ///
    /// `nil` for the whole table.
    let pages: Pages?

    struct Pages: Sendable, Hashable {
        let first: Int
        let end: Int?
    }

    /// Whether the table's stream of bytes begins here.
    var begins: Bool { pages.map { $0.first == 0 } ?? true }
}

/// A part of an archive's data that is made in one go, by one session.
enum Stretch: Sendable, Hashable {
    /// Tables in a row, or a range of one.
    case tables([TablePart])
    /// What ends the stream of a table that was read in ranges.
    case ending(DumpID)
    /// All large objects, which pg_dump reads.
    case largeObjects([DumpID])
}

/// How the data of an archive is cut into stretches.
struct StretchPlan: Sendable {
    /// In the order of the archive.
    let stretches: [Stretch]
    /// The order in which to make them: what takes longest first, and the endings not at all.
    let order: [Int]

    /// Stretches are no smaller than this, if there are tables enough.
    static let leastSize = 8 << 20
    /// Each session gets about so many, so that all end at about the same time.
    private static let perSession = 8
    /// More would spend too many of a blob's 50,000 blocks on stretches that end.
    private static let most = 4000
    private static let mostTables = 500

    /// - Parameters:
    ///   - tables: What is locked, by number.
    ///   - splits: Whether the server can read ranges of pages.
    ///
    /// Throws ``ParallelDumpError`` if there is data that nobody would read.
    init(
        _ contents: TableOfContents, tables: [UInt32: Table], jobs: Int, splits: Bool
    ) throws(ParallelDumpError) {
        var parts: [TablePart] = []
        var objects: [DumpID] = []
        let isUnicode = TableReading(encoding: contents.encoding).isUnicode
        for entry in contents where entry.dataState.hasData {
            if entry.desc == "BLOBS" {
                objects.append(entry.dumpID)
            } else {
                // pg_dump puts large objects behind all tables.
                guard objects.isEmpty else { throw ParallelDumpError(.unreadable(entry: entry.description)) }
                parts.append(try Self.part(entry, tables, isUnicode: isUnicode))
            }
        }
        let total = parts.reduce(0) { $0 + $1.table.sizeBytes }
        let size = max(Self.leastSize, total / (jobs * Self.perSession), total / Self.most)
        var builder = Builder(size: size, splits: splits)
        for part in parts { builder.add(part) }
        builder.endRow()
        if !objects.isEmpty { builder.add(.largeObjects(objects), size: .max) }
        stretches = builder.stretches
        order = builder.stretches.indices.filter { index in
            if case .ending = builder.stretches[index] { false } else { true }
        }.sorted { (builder.sizes[$0], $1) > (builder.sizes[$1], $0) }
    }

    private static func part(
        _ entry: TOCEntry, _ tables: [UInt32: Table], isUnicode: Bool
    ) throws(ParallelDumpError) -> TablePart {
        guard entry.desc == "TABLE DATA", let table = tables[entry.oid], table.holdsRows,
            let statement = entry.copyStatement.flatMap({ CopyStatement($0) }),
            fits(statement, table, isUnicode: isUnicode)
        else { throw ParallelDumpError(.unreadable(entry: entry.description)) }
        return TablePart(dumpID: entry.dumpID, table: table, pages: nil)
    }

    /// Whether the columns are those that the archive names.
    ///
    /// In other encodings than ours only names in ASCII can be compared, and that the others are no such names. What is
    /// valid UTF-8 there may be another text.
    private static func fits(_ statement: CopyStatement, _ table: Table, isUnicode: Bool) -> Bool {
        guard statement.columns.count == table.columns.count else { return false }
        return zip(statement.columns, table.columns).allSatisfy { bytes, name in
            isUnicode || bytes.allSatisfy { $0 < 0x80 }
                ? bytes.elementsEqual(name.utf8) : !name.utf8.allSatisfy { $0 < 0x80 }
        }
    }

    private struct Builder {
        let size: Int
        let splits: Bool
        var stretches: [Stretch] = []
        var sizes: [Int] = []
        private var row: [TablePart] = []
        private var rowSize = 0

        init(size: Int, splits: Bool) {
            self.size = size
            self.splits = splits
        }

        mutating func add(_ stretch: Stretch, size: Int) {
            stretches.append(stretch)
            sizes.append(size)
        }

        mutating func add(_ part: TablePart) {
            let table = part.table
            let ranges = min(table.pages, (table.sizeBytes + size - 1) / size)
            guard splits, ranges > 1, table.isHeap, !table.columns.isEmpty, table.condition == nil else {
                row.append(part)
                rowSize += table.sizeBytes
                if rowSize >= size || row.count == StretchPlan.mostTables { endRow() }
                return
            }
            endRow()
            for range in 0..<ranges {
                let first = table.pages * range / ranges
                let end = range == ranges - 1 ? nil : table.pages * (range + 1) / ranges
                let pages = TablePart.Pages(first: first, end: end)
                add(
                    .tables([TablePart(dumpID: part.dumpID, table: table, pages: pages)]),
                    size: table.sizeBytes / ranges)
            }
            add(.ending(part.dumpID), size: 0)
        }

        mutating func endRow() {
            guard !row.isEmpty else { return }
            add(.tables(row), size: rowSize)
            (row, rowSize) = ([], 0)
        }
    }
}
