import HTTPMessages
import Testing

@Suite("URLs")
struct HTTPURLTests {
    @Test("are read into their parts, which stay encoded")
    func parts() throws {
        let url = try #require(HTTPURL("HTTPS://Account.Example.NET:8443/c/a%2Fb+c%20d?x=1&y=%26#part"))
        #expect(url.scheme == .https && url.host == "account.example.net" && url.port == 8443)
        #expect(url.path == "/c/a%2Fb+c%20d" && url.query == "x=1&y=%26")
        #expect(url.target == "/c/a%2Fb+c%20d?x=1&y=%26" && url.authority == "account.example.net:8443")
    }

    @Test(
        "may lack port, path and query",
        arguments: [
            ("http://h", "/"), ("http://h/", "/"), ("http://h?a=b", "/?a=b"), ("http://[::1]:10000/x", "/x"),
            ("http://1.2.3.4", "/"),
        ])
    func target(_ text: String, _ target: String) throws { #expect(try #require(HTTPURL(text)).target == target) }

    @Test(
        "are refused if they are something else",
        arguments: [
            "", "/path", "ftp://h", "http://", "http:///x", "http://user@h/", "http://u:p@h/", "http://h:0/",
            "http://h:65536/",
            "http://h:x/", "http://h /", "http://h/\n", "http://[::1", "http://[::1]x/",
        ])
    func bad(_ text: String) { #expect(HTTPURL(text) == nil) }

    @Test("do not show signatures", arguments: ["sig", "Sig", "%73ig"])
    func secret(name: String) throws {
        let url = try #require(HTTPURL("https://h/c?sv=1&\(name)=abc%3D&se=2"))
        #expect(url.description == "https://h/c?sv=1&sig=(secret)&se=2")
    }

    @Test("end their path at a question mark, whatever combines with it")
    func accents() throws {
        let url = try #require(HTTPURL("https://h/c?\u{301}a=1&\u{301}b=\u{301}2&sig=abc#\u{301}part"))
        #expect(url.path == "/c")
        #expect(Array(url.query.utf8) == Array("\u{301}a=1&\u{301}b=\u{301}2&sig=abc".utf8))
        #expect(url.description.hasSuffix("&sig=(secret)"))
        let query = try #require(HTTPQuery(encoded: url.query))
        #expect(query.all.map(\.name) == ["\u{301}a", "\u{301}b", "sig"])
        #expect(query["sig"] == "abc")
        let target = RequestTarget("/c?\u{301}a?b")
        #expect(target.path == "/c" && target.query.unicodeScalars.count == 4)
        #expect(RequestTarget("/c").query.isEmpty)
    }
}

@Suite("Percent-encoding")
struct PercentCodingTests {
    @Test("comes back as it was", arguments: ["", "a b", "a/b", "ä€😀", "100%", "a+b&c=d?", "\u{0}\u{1}", "~-._"])
    func roundTrip(_ text: String) {
        #expect(PercentCoding.decode(PercentCoding.encode(text)) == text)
        #expect(PercentCoding.decode(PercentCoding.encodePath(text)) == text)
        #expect(PercentCoding.decode(PercentCoding.encode(text), plusIsSpace: true) == text)
    }

    @Test("keeps letters, digits and what it is told to")
    func keeps() {
        #expect(PercentCoding.encode("aZ9-._~ /ä") == "aZ9-._~%20%2F%C3%A4")
        #expect(PercentCoding.encodePath("a b/c+d") == "a%20b/c%2Bd")
    }

    @Test("decodes once, and a plus only in queries")
    func once() {
        #expect(PercentCoding.decode("%252F") == "%2F")
        #expect(PercentCoding.decode("a+b") == "a+b")
        #expect(PercentCoding.decode("a+b", plusIsSpace: true) == "a b")
    }

    @Test(
        "refuses broken escapes and bytes that are no text", arguments: ["%", "%2", "%zz", "%+1", "%FF", "%C3", "a%"])
    func bad(_ text: String) { #expect(PercentCoding.decode(text) == nil) }
}

@Suite("Queries")
struct HTTPQueryTests {
    @Test("are read in order, decoded, with empty values")
    func read() throws {
        let query = try #require(HTTPQuery(encoded: "a=1&b=x%20y+z&c&a=2&&d=="))
        #expect(query.all.map(\.name) == ["a", "b", "c", "a", "d"])
        #expect(
            query["a"] == "1" && query["b"] == "x y z" && query["c"] == "" && query["d"] == "=" && query["e"] == nil)
        #expect(HTTPQuery(encoded: "a=%") == nil)
    }

    @Test("are written encoded")
    func write() {
        var query: HTTPQuery = ["comp": "block", "blockid": "a+/="]
        query.append("x", "")
        #expect(query.encoded == "comp=block&blockid=a%2B%2F%3D&x=")
        #expect(HTTPQuery(encoded: query.encoded) == query)
        #expect(HTTPQuery().isEmpty && !query.isEmpty)
    }
}
