import HTTPListener
import HTTPMessages

/// Under which host and port a server is spoken to, whatever account is named in front of them.
struct ServerAddress: Equatable {
    private let host: String
    /// `nil` for the scheme's own.
    private let port: Int?

    init(_ url: HTTPURL) {
        let own = url.scheme == .https ? 443 : 80
        port = url.port == own ? nil : url.port
        let labels = url.host.split(separator: ".", omittingEmptySubsequences: false)
        let isHostStyle = labels.count > 2 && labels[1] == "blob"
        let base = isHostStyle ? labels.dropFirst(2).joined(separator: ".") : url.host
        // The names of this machine are one: a client may use one of them for itself and another for its source.
        host = HTTPURL(scheme: .http, host: base).isLoopback ? "localhost" : base
    }

    /// The address by which the client of a request reached this server; `nil` if it named none.
    init?(_ request: ServiceRequest) {
        let head = request.head
        guard let host = head.fields["Host"], let url = HTTPURL("\(head.scheme)://\(host)/") else { return nil }
        self.init(url)
    }
}
