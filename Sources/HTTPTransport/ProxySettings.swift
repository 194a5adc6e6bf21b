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

    /// True for names in the list and everything below them, with or without a leading dot.
    ///
    /// A `*` matches everything where it is all there is. Blocks of addresses are left to curl, which gets the same list.
    /// Source: <https://curl.se/libcurl/c/CURLOPT_NOPROXY.html>
    private func excepts(_ host: String) -> Bool {
        guard exceptions != "*" else { return true }
        return exceptions.split { $0 == "," || $0.isWhitespace }.contains { entry in
            let name = entry.drop { $0 == "." }.lowercased()
            return host == name || (!name.isEmpty && host.hasSuffix("." + name))
        }
    }
}

/// One proxy; its user and password are never shown.
struct Proxy: Sendable {
    let url: Secret<String>
    /// The URL without user and password.
    let shown: String
    /// False where a part of the user or the password may be taken for the host.
    private let isClear: Bool

    /// What libcurl knows. Source: <https://curl.se/libcurl/c/CURLOPT_PROXY.html>
    private static let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]

    init(_ text: String) {
        url = Secret(text)
        let (scheme, rest) = Self.split(text)
        // A password may hold an `@` or a slash that should have been encoded: everything up to the last one goes.
        let host: Substring
        if let at = rest.lastIndex(of: "@") {
            host = rest[rest.index(after: at)...]
            isClear = !rest[..<at].contains { "/?#@[]\\".contains($0) || $0.isWhitespace }
        } else {
            (host, isClear) = (rest, true)
        }
        shown = scheme + String(host.prefix { !"/?#".contains($0) })
    }

    /// The scheme with its slashes, and what follows; a user may look like a scheme that nobody knows.
    private static func split(_ text: String) -> (scheme: String, rest: Substring) {
        guard let mark = text.firstRange(of: "://") else { return ("", text[...]) }
        let isScheme = schemes.contains(text[..<mark.lowerBound].lowercased()) || !text.contains("@")
        return isScheme ? (String(text[..<mark.upperBound]), text[mark.upperBound...]) : ("", text[...])
    }

    /// libcurl's words about a proxy without what they may tell of its user and password.
    ///
    /// Of a proxy that it does not understand they hold the whole URL; of one whose user or password has characters that
    /// end a host, such a part as the host.
    func removingSecret(from words: String) -> String {
        guard isClear else {
            return "no details, since its user or password has characters that should be percent-encoded"
        }
        return url.reveal { words.replacing($0, with: shown) }
    }
}
