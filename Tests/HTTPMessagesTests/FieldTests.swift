import Diagnostics
import FoundationEssentials
import HTTPMessages
import Testing

@Suite("Header fields")
struct HTTPFieldsTests {
    @Test("are found without regard to case, and keep their order")
    func find() {
        var fields: HTTPFields = ["Content-Type": "text/plain", "X-A": "1", "x-a": "2"]
        #expect(fields["content-TYPE"] == "text/plain" && fields["X-a"] == "1" && fields["y"] == nil)
        #expect(fields.values(of: "x-A") == ["1", "2"])
        fields["X-A"] = "3"
        #expect(fields.all.map(\.value) == ["text/plain", "3"])
        fields["content-type"] = nil
        #expect(fields.all.map(\.name) == ["X-A"])
        fields.append("x-a", "4")
        #expect(fields.values(of: "X-A") == ["3", "4"])
    }

    @Test("tell names apart that differ by more than the case of letters")
    func names() {
        let fields: HTTPFields = ["a[b": "1"]
        #expect(fields["a{b"] == nil && fields["A[B"] == "1")
    }
}

@Suite("HTTP dates")
struct HTTPDateTests {
    @Test(
        "are written as the standard says and read again",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (1_700_000_000, "Tue, 14 Nov 2023 22:13:20 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        ])
    func both(_ seconds: Int, _ text: String) {
        let date = Date(timeIntervalSince1970: Double(seconds))
        #expect(HTTPDate.format(date) == text)
        #expect(HTTPDate.parse(text) == date)
    }

    @Test("are cut to whole seconds")
    func whole() { #expect(HTTPDate.format(Date(timeIntervalSince1970: 0.9)) == "Thu, 01 Jan 1970 00:00:00 GMT") }

    @Test(
        "are refused in any other form",
        arguments: [
            "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
            "Thu, 31 Feb 2000 00:00:00 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "1994-11-06T08:49:37Z", "Sun, 06 Nov 99999 08:49:37 GMT",
            "Sun, -6 Nov 1994 08:49:37 GMT",
        ])
    func bad(_ text: String) { #expect(HTTPDate.parse(text) == nil) }
}

@Suite("Failures of HTTP")
struct HTTPFailureTests {
    @Test("name the peer, the library's words, and whether trying again may help")
    func summary() {
        let failure = HTTPFailure(kind: .refused, peer: "h:1", detail: "no route")
        #expect(failure.summary == "h:1 could not be connected to (no route)" && failure.isTransient)
        #expect(!HTTPFailure(kind: .tls, peer: "h", detail: "").isTransient)
        #expect(failure.exitCode == .unreachable)
    }
}
