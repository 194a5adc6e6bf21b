/// An absolute `http` or `https` URL whose path and query stay encoded as they were written.
///
/// Signatures cover the encoded path, so it must go out exactly as it was signed.
public struct HTTPURL: Sendable, Hashable {
    public enum Scheme: String, Sendable { case http, https }

    public var scheme: Scheme
    /// A name or an IPv4 address, lower case, or an IPv6 address in brackets.
    public var host: String
    /// `nil` for the scheme's own port.
    public var port: Int?
    /// Percent-encoded; empty or with a leading slash.
    public var path: String
    /// Percent-encoded, without the question mark.
    public var query: String

    public init(scheme: Scheme, host: String, port: Int? = nil, path: String = "", query: String = "") {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        self.query = query
    }

    /// Reads an absolute URL and drops its fragment.
    ///
    /// `nil` if it is relative, of another scheme, or holds user information, white space or control characters.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            let colon = text.range(of: "://"), let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased())
        else { return nil }
        let rest = text[colon.upperBound...].before("#")
        let authority = rest.before("/", "?")
        let target = RequestTarget(rest[authority.endIndex...])
        guard let (host, port) = Self.split(authority: authority) else { return nil }
        self.init(scheme: scheme, host: host, port: port, path: String(target.path), query: String(target.query))
    }

    /// Path and query as they stand on the request line.
    public var target: String { (path.isEmpty ? "/" : path) + (query.isEmpty ? "" : "?" + query) }

    /// `host` or `host:port`.
    public var authority: String { port.map { "\(host):\($0)" } ?? host }

    private static func split(authority: Substring) -> (host: String, port: Int?)? {
        let host: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
        } else {
            host = authority.prefix { $0 != ":" }
        }
        guard !host.isEmpty, !authority.contains("@") else { return nil }
        let rest = authority.dropFirst(host.count)
        guard !rest.isEmpty else { return (host.lowercased(), nil) }
        guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65535).contains(port) else { return nil }
        return (host.lowercased(), port)
    }
}

extension HTTPURL: CustomStringConvertible {
    /// The whole URL, with the signature of a SAS left out.
    public var description: String {
        let shown = Self.withoutSignature(query)
        return "\(scheme)://\(authority)\(path)" + (shown.isEmpty ? "" : "?" + shown)
    }

    /// An encoded query without the value of any `sig`, however its name is written.
    public static func withoutSignature(_ query: some StringProtocol) -> String {
        let parts = query.cut(at: "&", keepingEmpty: false).map { part in
            let name = part.before("=")
            // A name may be escaped, too: what is not plainly something else is taken for a signature.
            return name.contains("%") || name.lowercased() == "sig" ? "sig=(secret)" : String(part)
        }
        return parts.joined(separator: "&")
    }
}

extension String {
    fileprivate func range(of mark: String) -> Range<Index>? { ranges(of: mark).first }
}
