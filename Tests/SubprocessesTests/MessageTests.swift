import Testing

@testable import Subprocesses

@Suite("What a subprocess says")
struct MessageTests {
    @Test("is cut into lines wherever the reads fall", arguments: 1...7)
    func lines(step: Int) {
        let bytes = Array("one\r\n\ntwo três\nlong long long line\nend".utf8)
        var splitter = LineSplitter(limit: 16)
        var lines: [String] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            lines += splitter.append(bytes[start..<min(start + step, bytes.count)])
        }
        #expect(lines == ["one", "", "two três", "long long long l", "ine"])
        #expect(splitter.finish() == "end")
        #expect(splitter.finish() == nil)
    }

    @Test(
        "keeps its beginning and its end within the limit", arguments: [0, 1, 9, 10, 11, 20, 21, 29, 30, 31, 1000],
        [1, 3, 64])
    func bounded(length: Int, step: Int) {
        let all = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        var text = BoundedText(limit: 10)
        for start in stride(from: 0, to: length, by: step) { text.append(all[start..<min(start + step, length)]) }
        let whole = String(decoding: all, as: UTF8.self)
        let expected =
            length <= 20 ? whole : "\(whole.prefix(10))\n[\(length - 20) bytes left out]\n\(whole.suffix(10))"
        #expect(text.text == expected)
    }
}
