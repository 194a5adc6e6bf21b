import HTTPMessages
import Testing

@Suite("Byte ranges")
struct ByteRangeTests {
    @Test(
        "read their header and write it again",
        arguments: ["bytes=0-0", "bytes=0-", "bytes=5-9", "bytes=7-9223372036854775806"])
    func header(_ text: String) throws { #expect(try #require(ByteRange(header: text)).header == text) }

    @Test(
        "refuse everything else",
        arguments: [
            "", "bytes", "bytes=", "bytes=-", "bytes=-5", "bytes=5-4", "bytes=a-b", "bytes=1-2,4-5", "bytes=1 -2",
            "items=1-2",
            "bytes=+1-2", "bytes=0-9223372036854775807", "bytes=99999999999999999999-",
            "bytes=9223372036854775807-9223372036854775807", "Bytes=0-1",
        ])
    func bad(_ text: String) { #expect(ByteRange(header: text) == nil) }

    @Test("that begin at the largest number are beyond everything, and have a number behind their start")
    func largest() throws {
        let range = try #require(ByteRange(header: "bytes=9223372036854775807-"))
        #expect(range.start < Int.max && range.clipped(to: .max - 1) == nil)
    }

    @Test("are clipped to what there is")
    func clipped() {
        #expect(ByteRange(0..<10).clipped(to: 5) == 0..<5)
        #expect(ByteRange(2..<4).clipped(to: 5) == 2..<4)
        #expect(ByteRange(from: 4).clipped(to: 5) == 4..<5)
        #expect(ByteRange(from: 5).clipped(to: 5) == nil)
        #expect(ByteRange(from: 0).clipped(to: 0) == nil)
    }

    @Test("of an answer are read with the total", arguments: ["bytes 0-0/1", "bytes 5-9/10", "bytes 0-4/100"])
    func contentRange(_ text: String) throws { #expect(try #require(ContentRange(header: text)).header == text) }

    @Test(
        "of an answer are refused if they make no sense",
        arguments: [
            "", "bytes 0-9/9", "bytes 5-/10", "bytes */10", "bytes 0-4/*", "bytes 4-2/10", "0-4/10", "bytes 0-4",
        ])
    func badContentRange(_ text: String) { #expect(ContentRange(header: text) == nil) }
}
