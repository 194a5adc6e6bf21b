import PostgresFormats
import Testing

@Suite("The text of a COPY")
struct CopyTextTests {
    static let cases: [(text: String, rows: Int, fault: String?)] = [
        ("\\.\n\n\n", 0, nil), ("1\ta\n2\tb\n\\.\n\n\n", 2, nil), ("\n\n\\.\n\n\n", 2, nil),
        ("\\\\.\n\\.\n\n\n", 1, nil), ("a\\.\n\\.\n\n\n", 1, nil), ("\\.x\n\\.\n\n\n", 1, nil),
        ("", 0, "after 0 rows"), ("1\n2\n", 2, "after 2 rows"), ("1\n2", 1, "within row 2"),
        ("1\n\\.", 1, "within row 2"), ("1\n\\.\n", 1, "cut behind"), ("1\n\\.\n\n", 1, "cut behind"),
        ("1\n\\.\n\n\n\n", 1, "do not belong"), ("1\n\\.\n2\n\\.\n\n\n", 1, "do not belong"),
        ("1\n\\.\nx\n", 1, "do not belong"),
    ]

    @Test("has its rows counted and its end seen, however it is cut", arguments: cases.indices)
    func cuts(index: Int) {
        let (text, rows, fault) = Self.cases[index]
        let bytes = Array(text.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var copy = CopyText()
                copy.consume(bytes.span.extracting(..<first))
                copy.consume(bytes.span.extracting(first..<second))
                copy.consume(bytes.span.extracting(second...))
                #expect(copy.rows == rows, "cut at \(first) and \(second)")
                #expect(copy.size == bytes.count)
                if let fault {
                    #expect(copy.fault?.contains(fault) == true, "cut at \(first) and \(second)")
                } else {
                    #expect(copy.fault == nil, "cut at \(first) and \(second)")
                }
            }
        }
    }
}
