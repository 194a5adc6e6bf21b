/// The names of the columns in an entry's `COPY schema.table (columns) FROM stdin;`, in the archive's encoding.
///
/// The table that it names is not asked for: for some partitions that is the root of the partition tree.
public struct CopyStatement: Sendable, Hashable {
    /// Empty where the statement names none.
    public let columns: [[UInt8]]

    /// `nil` if the text is no such statement.
    public init?(_ text: ArchiveText) {
        var rest = text.bytes
        guard Self.skip("COPY ", in: &rest), Self.identifier(&rest) != nil, Self.skip(".", in: &rest),
            Self.identifier(&rest) != nil, Self.skip(" ", in: &rest)
        else { return nil }
        var columns: [[UInt8]] = []
        if Self.skip("(", in: &rest) {
            repeat {
                guard let column = Self.identifier(&rest) else { return nil }
                columns.append(column)
            } while Self.skip(", ", in: &rest)
            guard Self.skip(")", in: &rest) else { return nil }
        }
        guard Self.skip(" FROM stdin;\n", in: &rest), rest.isEmpty else { return nil }
        self.columns = columns
    }

    private static func skip(_ text: String, in rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest.removeFirst(text.utf8.count)
        return true
    }

    /// A name as pg_dump quotes it; no encoding of a server has a quote inside a longer character.
    private static func identifier(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard skip("\"", in: &rest) else {
            let end = rest.firstIndex { " .,()\"".utf8.contains($0) } ?? rest.endIndex
            defer { rest = rest[end...] }
            return end == rest.startIndex ? nil : Array(rest[..<end])
        }
        var name: [UInt8] = []
        while let quote = rest.firstIndex(of: UInt8(ascii: "\"")) {
            name += rest[..<quote]
            rest = rest[(quote + 1)...]
            guard skip("\"", in: &rest) else { return name }
            name.append(UInt8(ascii: "\""))
        }
        return nil
    }
}
