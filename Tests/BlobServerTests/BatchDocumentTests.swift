import HTTPMessages
import Testing

@testable import BlobServer

@Suite("The document of a batch")
struct BatchDocumentTests {
    static let type = "multipart/mixed; boundary=b"
    static let part =
        "--b\r\nContent-Type: application/http\r\nContent-ID: 7\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        + "DELETE /box/a?x=y HTTP/1.1\r\nx-ms-date: now\r\nContent-Length: 0\r\n\r\n"
    static let end = "--b--\r\n"

    private func parts(_ text: String, type: String = Self.type) throws -> [BatchDocument.Part] {
        try BatchDocument.parts(of: Array(text.utf8), contentType: type)
    }

    @Test("is read part by part, with fields as they came")
    func read() throws {
        let parts = try parts("\r\n" + Self.part + "\r\n" + Self.part.replacing("ID: 7", with: "ID:  8 ") + Self.end)
        #expect(parts.map(\.contentID) == ["7", "8"])
        #expect(parts.map(\.method) == ["DELETE", "DELETE"] && parts.map(\.target) == ["/box/a?x=y", "/box/a?x=y"])
        #expect(parts[0].fields == ["x-ms-date": "now", "Content-Length": "0"])
        #expect(try self.parts(Self.part + "--b--").count == 1)
    }

    @Test(
        "has a delimiter that its type names",
        arguments: ["b", "\"b\"", "b ; charset=utf-8", "batch_3f944cdc-9223-11e9-98fb-001a7dda7113"])
    func boundaries(text: String) throws {
        let plain = text.prefix { $0 != " " }.filter { $0 != "\"" }
        let body = (Self.part + Self.end).replacing("--b", with: "--\(plain)")
        #expect(try parts(body, type: "Multipart/Mixed;boundary=\(text)").count == 1)
    }

    @Test(
        "is refused without such a type",
        arguments: [
            "", "multipart/mixed", "text/plain; boundary=b", "multipart/mixed; boundary=",
            "multipart/mixed; boundary=\"\"",
            "multipart/mixed; boundary=b; boundary=c", "multipart/mixed; boundary=ü", "multipart/mixed; boundary=a\nb",
            "multipart/mixed; boundary=\(String(repeating: "b", count: 71))",
        ])
    func badTypes(type: String) {
        let failure = #expect(throws: ServiceFailure.self) { try parts(Self.part + Self.end, type: type) }
        #expect(failure?.code == "InvalidHeaderValue")
    }

    static let malformed = [
        "", "\r\n", "--b", "--b\r\n", "--b--\r\n", "x" + part + end, part, part + "--b-", part + "--b--x\r\n",
        part + "--b\r\n", part + end + part + end, part + end + "x", part + "body\r\n" + end,
        part.replacing("\r\n", with: "\n") + end, part.replacing("HTTP/1.1", with: "HTTP/2") + end,
        part.replacing("application/http", with: "text/plain") + end, part.replacing("binary", with: "base64") + end,
        part.replacing("DELETE /", with: "DELETE http://x/") + end, part.replacing("DELETE ", with: "DELETE  ") + end,
        part.replacing("DELETE /box/a?x=y HTTP/1.1", with: "DELETE /box/a") + end,
        part.replacing("Length: 0", with: "Length: 1") + end, part.replacing("Length: 0", with: "Length: 00") + end,
        part.replacing("Content-Length: 0", with: "Transfer-Encoding: chunked") + end,
        part.replacing("x-ms-date: now", with: "x-ms-date now") + end,
        part.replacing("x-ms-date: now", with: "x-ms date: now") + end,
        part.replacing("x-ms-date: now", with: ": now") + end, part.replacing("now", with: "now\r\n folded") + end,
        part.replacing("now", with: "n\u{0}w") + end, part.replacing("now", with: "n\rw") + end,
        part.replacing("now", with: String(repeating: "n", count: 20_000)) + end,
        part.replacing("x-ms-date: now\r\n", with: String(repeating: "a: b\r\n", count: 65)) + end,
    ]

    @Test("is refused as a whole if anything in it is not as it must be", arguments: malformed)
    func hostile(text: String) {
        let failure = #expect(throws: ServiceFailure.self) { try parts(text) }
        #expect(failure?.status == 400 && failure?.code == "InvalidInput")
    }

    @Test("is refused wherever it is cut, and never read as less than it was")
    func cut() throws {
        let whole = Array((Self.part + Self.part + "--b--").utf8)
        for count in 0..<whole.count {
            #expect(throws: ServiceFailure.self, "cut after \(count)") {
                try BatchDocument.parts(of: Array(whole.prefix(count)), contentType: Self.type)
            }
        }
        #expect(try BatchDocument.parts(of: whole, contentType: Self.type).count == 2)
    }

    @Test("survives any single byte that is changed", arguments: [UInt8(0), 10, 13, 45, 0xFF])
    func changed(byte: UInt8) {
        let whole = Array((Self.part + Self.part + Self.end).utf8)
        for position in whole.indices {
            var bytes = whole
            bytes[position] = byte
            let parts = (try? BatchDocument.parts(of: bytes, contentType: Self.type)) ?? []
            #expect(parts.isEmpty || parts.count == 2, "byte \(position)")
        }
    }

    @Test("has at most 256 parts")
    func count() throws {
        #expect(try parts(String(repeating: Self.part, count: 256) + Self.end).count == 256)
        let failure = #expect(throws: ServiceFailure.self) {
            try parts(String(repeating: Self.part, count: 257) + Self.end)
        }
        #expect(failure?.code == "ExceedsMaxBatchRequestCount")
    }
}
