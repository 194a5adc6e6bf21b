import Diagnostics
import HTTPMessages

/// The proxies that requests go through, read from variables as curl reads them.
///
/// | variable | for |
/// |---|---|
/// | `https_proxy`, or else `HTTPS_PROXY` | `https` |
/// | `http_proxy`, in lower case only | `http`; the upper-case name can be set by whoever sends a request to a CGI program |
/// | `all_proxy`, or else `ALL_PROXY` | both, where the one above is not set |
/// | `no_proxy`, or else `NO_PROXY` | hosts that are reached directly |
///
/// This machine itself is always reached directly. Source: <https://curl.se/libcurl/c/CURLOPT_PROXY.html>
public struct ProxySettings: Sendable {
    private let secure: Proxy?
    private let plain: Proxy?
    /// As it was written, for curl.
    let exceptions: String

    /// No proxy at all.
    public init() {
        (secure, plain) = (nil, nil)
        exceptions = ""
    }

    public init(environment: [String: String]) {
        func proxy(_ names: String...) -> Proxy? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }.map { Proxy($0) }
        }
        secure = proxy("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        plain = proxy("http_proxy", "all_proxy", "ALL_PROXY")
        exceptions = ["no_proxy", "NO_PROXY"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    }

    /// The proxy for a URL, unless it is one of the exceptions.
    func proxy(for url: HTTPURL) -> Proxy? {
        guard !url.isLoopback, !excepts(url.host) else { return nil }
        return url.scheme == .https ? secure : plain
    }

    /// Names match themselves and everything below them, with or without a leading dot; blocks of addresses are left to
    /// curl, which gets the same list.
    private func excepts(_ host: String) -> Bool {
        exceptions.split { $0 == "," || $0.isWhitespace }.contains { entry in
            let name = entry.drop { $0 == "." }.lowercased()
            return name == "*" || host == name || (!name.isEmpty && host.hasSuffix("." + name))
        }
    }
}

/// One proxy; its user and password are never shown.
struct Proxy: Sendable {
    let url: Secret<String>
    /// The URL without user and password.
    let shown: String

    init(_ text: String) {
        url = Secret(text)
        let scheme = text.ranges(of: "://").first.map { String(text[..<$0.upperBound]) } ?? ""
        let rest = text.dropFirst(scheme.count)
        // A password may hold an `@` or a slash that should have been encoded: everything up to the last one goes.
        let host = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        shown = scheme + host.prefix { $0 != "/" && $0 != "?" }
    }
    /// libcurl's words about a proxy it does not understand hold its URL.
    func removingSecret(from words: String) -> String { url.reveal { words.replacing($0, with: shown) } }
}
