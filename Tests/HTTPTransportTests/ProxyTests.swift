import Diagnostics
import HTTPMessages
import TestSupport
import Testing

@testable import HTTPTransport

@Suite("Proxies")
struct ProxyTests {
    private static let environment = [
        "https_proxy": "http://secure:1", "HTTPS_PROXY": "http://wrong:1", "http_proxy": "plain:2",
        "HTTP_PROXY": "http://from-a-request:6", "NO_PROXY": " inside.example , .corp.example,10.0.0.1",
    ]

    @Test(
        "are chosen by scheme and exceptions, as curl chooses them",
        arguments: [
            ("https://a.blob.example/c", "http://secure:1"), ("http://a.blob.example/c", "plain:2"),
            ("https://inside.example/", nil), ("https://a.inside.example/", nil),
            ("https://notinside.example/", "http://secure:1"),
            ("https://corp.example/", nil), ("https://a.corp.example:444/", nil), ("http://10.0.0.1/", nil),
            ("http://10.0.0.10/", "plain:2"), ("https://localhost/", nil), ("http://127.0.0.1:1/", nil),
            ("https://[::1]/", nil),
        ])
    func choice(text: String, expected: String?) throws {
        let url = try #require(HTTPURL(text))
        #expect(ProxySettings(environment: Self.environment).proxy(for: url)?.shown == expected)
    }

    @Test("fall back to the one for everything, and to none")
    func fallback() throws {
        let urls = try ["http://a.example/", "https://a.example/"].map { try #require(HTTPURL($0)) }
        for url in urls {
            // As curl has it: only a `*` that is all of the value means everything.
            #expect(
                ProxySettings(environment: ["ALL_PROXY": "all:3", "no_proxy": "b.example,*"]).proxy(for: url) != nil)
            #expect(ProxySettings(environment: ["ALL_PROXY": "all:3"]).proxy(for: url)?.shown == "all:3")
            #expect(ProxySettings(environment: ["ALL_PROXY": "all:3", "no_proxy": "*"]).proxy(for: url) == nil)
            #expect(ProxySettings(environment: ["HTTP_PROXY": "x:1", "https_proxy": ""]).proxy(for: url) == nil)
            #expect(ProxySettings().proxy(for: url) == nil)
        }
    }

    @Test(
        "are shown without user and password",
        arguments: [
            ("http://user:hunter2@proxy:3128/", "http://proxy:3128"), ("user:hunter2@proxy:3128", "proxy:3128"),
            ("socks5h://hunter2@proxy", "socks5h://proxy"), ("socks5h://proxy", "socks5h://proxy"),
        ])
    func shown(text: String, expected: String) {
        let proxy = Proxy(text)
        #expect(proxy.shown == expected)
        #expect(!"\(proxy)".contains("hunter2"))
        #expect(proxy.removingSecret(from: "bad syntax in '\(text)'") == "bad syntax in '\(expected)'")
    }

    @Test(
        "are shown by what follows the last @, and libcurl's words are not, where it may take a secret for a host",
        arguments: [
            ("http://user:hun/t@hunter2@proxy:3128", "http://proxy:3128"), ("hunter2:a://b@proxy:1", "proxy:1"),
            ("hunter2://b@proxy:1", "proxy:1"), ("http://hunter2#x@proxy:1", "http://proxy:1"),
            ("http://hunter2?x@proxy", "http://proxy"), ("http://hunter2\\x@proxy#y", "http://proxy"),
        ])
    func unclear(text: String, expected: String) {
        let proxy = Proxy(text)
        #expect(proxy.shown == expected)
        for words in ["Could not resolve proxy: hunter2", "bad syntax in '\(text)'"] {
            #expect(!proxy.removingSecret(from: words).contains("hunter2"))
            #expect(proxy.removingSecret(from: words).contains("percent-encoded"))
        }
    }

    private func send(_ url: String, through proxy: String) async throws -> HTTPResponse {
        let settings = TransportSettings(
            proxies: ProxySettings(environment: ["https_proxy": proxy, "http_proxy": proxy]))
        let request = HTTPRequest(.get, try #require(HTTPURL(url)))
        return try await CurlClient(width: 1, settings: settings).send(request)
    }

    @Test("get the whole URL of a plain request, as it was written")
    func plain() async throws {
        let server = try ScriptedServer { connection in
            while let request = try connection.request() { try connection.answer(200, request.line) }
        }
        let answer = try await send("http://storage.example/a/../b%2Fc?d=%2B", through: "127.0.0.1:\(server.port)")
        #expect(String(decoding: answer.body, as: UTF8.self) == "GET http://storage.example/a/../b%2Fc?d=%2B HTTP/1.1")
    }

    @Test(
        "that refuse are named, and nobody tries again in vain",
        arguments: [(403, false), (407, false), (408, true), (429, true), (503, true)])
    func refusal(status: Int, isTransient: Bool) async throws {
        let server = try ScriptedServer { connection in
            while try connection.request() != nil { try connection.answer(status) }
        }
        let error = await #expect(throws: HTTPFailure.self) {
            try await send("https://storage.example/", through: "http://user:hunter2@127.0.0.1:\(server.port)")
        }
        let failure = try #require(error)
        #expect(failure.isTransient == isTransient)
        let text = Explanation(failure).text
        for word in ["storage.example:443", "http://127.0.0.1:\(server.port)", "\(status)"] {
            #expect(text.contains(word), "`\(word)` in: \(text)")
        }
        #expect(isTransient || text.contains("NO_PROXY"), "\(text)")
        #expect(!text.contains("hunter2"))
    }

    @Test(
        "that cannot be used are named without their password",
        arguments: [
            "http://user:hunter2@127.0.0.1:1", "http://user:hunter2@no-such-proxy.invalid:1", "bad://user:hunter2@x",
            "http://user:hunter2@a:b:c", "http://hunter2.invalid#x@127.0.0.1:1",
        ])
    func unusable(proxy: String) async throws {
        let error = await #expect(throws: HTTPFailure.self) {
            try await send("https://storage.example/", through: proxy)
        }
        let text = Explanation(try #require(error)).text
        #expect(text.contains(Proxy(proxy).shown), "\(text)")
        #expect(text.contains("NO_PROXY"), "\(text)")
        #expect(!text.contains("hunter2"), "\(text)")
    }
}
