public import PostgresFormats

/// Entries of an archive's table of contents, as `pg_restore --list` writes them and a person has edited them.
///
/// A line begins with a dump ID; what follows a semicolon is a comment, and so is a line that begins with one.
public struct EntryList: Sendable, Hashable {
    public let dumpIDs: Set<DumpID>

    /// Reads the bytes of a file; names in it may have any encoding.
    ///
    /// Lines that pg_restore would pass over with a warning are refused: what somebody wanted would be missing.
    public init(_ bytes: [UInt8]) throws(SelectionError) {
        var dumpIDs: Set<DumpID> = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            switch EntryLine(line) {
            case .comment: continue
            case .entry(let dumpID): dumpIDs.insert(dumpID)
            case .unreadable: throw SelectionError(.listUnreadable(line: index + 1))
            }
        }
        guard !dumpIDs.isEmpty else { throw SelectionError(.listEmpty) }
        self.dumpIDs = dumpIDs
    }
}

/// One line of a list of entries.
enum EntryLine: Equatable {
    /// Also an empty line.
    case comment
    case entry(DumpID)
    case unreadable

    init(_ line: ArraySlice<UInt8>) {
        let text = line.prefix { $0 != UInt8(ascii: ";") }
        let words = text.split { [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains($0) }
        guard let number = words.first else {
            self = .comment
            return
        }
        // Without a sign, which `Int32` would take.
        let isNumber = number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isNumber, let dumpID = Int32(String(decoding: number, as: UTF8.self)).flatMap(DumpID.init) else {
            self = .unreadable
            return
        }
        self = .entry(dumpID)
    }
}
