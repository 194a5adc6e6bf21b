import PostgresFormats
import Testing

@Suite("The end of a script")
struct ScriptTrailerTests {
    static let mark = "--\n-- PostgreSQL database dump complete\n--\n\n"
    static let whole = ["SELECT 1;\n\n" + mark, "x\n" + mark + "\\unrestrict 1a2B\n\n", mark]
    static let cut = ["", "SELECT 1;\n", mark + "SELECT 1;\n", mark + "\\unrestrict 1a\nx\n"]

    private func isComplete(_ text: String, step: Int) -> Bool {
        let bytes = Array((String(repeating: "-- row\n", count: 300) + text).utf8)
        var trailer = ScriptTrailer()
        for start in stride(from: 0, to: bytes.count, by: step) {
            trailer.consume(bytes.span.extracting(start..<min(start + step, bytes.count)))
        }
        return trailer.isComplete
    }

    @Test("is seen, however the script is cut into pieces", arguments: [1, 3, 1000, 100_000])
    func seen(step: Int) {
        for text in Self.whole { #expect(isComplete(text, step: step), "\(text)") }
        for text in Self.cut { #expect(!isComplete(text, step: step), "\(text)") }
    }

    @Test("is missed wherever the script is cut before its last line")
    func everyCut() {
        for text in Self.whole {
            // The mark's own line must end; empty lines behind it may be lost.
            let end = text.utf8.count - text.reversed().prefix { $0 == "\n" }.count
            for count in 0..<end where !text.prefix(count).hasSuffix("complete\n--\n") {
                let isWhole = text.contains("unrestrict") && text.prefix(count).contains(Self.mark.dropLast(2))
                if isWhole { continue }
                #expect(!isComplete(String(text.prefix(count)), step: 7), "\(text.prefix(count))")
            }
        }
    }
}
