public import Diagnostics

/// A conversation over HTTP that broke before there was a whole answer.
public struct HTTPFailure: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case nameNotFound = "http.name-not-found"
        case refused = "http.connection-refused"
        case tls = "http.tls"
        /// The certificate of the other side comes from an authority that is not trusted, or its time is over.
        case untrusted = "http.certificate-not-trusted"
        /// The certificate of the other side is for another name.
        case wrongName = "http.certificate-for-another-name"
        /// The file of certificate authorities cannot be used.
        case authoritiesUnusable = "http.authorities-unusable"
        /// A proxy does not let the conversation through.
        case proxyRefused = "http.proxy-refused"
        case timedOut = "http.timed-out"
        /// The connection ended in the middle, or the body is shorter than promised.
        case broken = "http.connection-broken"
        case bodyTooLarge = "http.body-too-large"
        case malformed = "http.malformed"

        /// True for what fails while a connection is made: no byte of the request has left.
        public var isBeforeRequest: Bool {
            switch self {
            case .nameNotFound, .refused, .tls, .untrusted, .wrongName, .authoritiesUnusable, .proxyRefused: true
            case .timedOut, .broken, .bodyTooLarge, .malformed: false
            }
        }
    }

    public let kind: Kind
    /// `host:port`.
    public let peer: String
    /// The transport library's own words.
    public let detail: String
    /// The proxy in between, without user and password, or `nil`.
    public let proxy: String?

    public init(kind: Kind, peer: String, detail: String, proxy: String? = nil) {
        self.kind = kind
        self.peer = peer
        self.detail = detail
        self.proxy = proxy
    }

    /// True where trying again later may help.
    public var isTransient: Bool {
        switch kind {
        case .nameNotFound, .refused, .timedOut, .broken: true
        case .tls, .untrusted, .wrongName, .authoritiesUnusable, .proxyRefused, .bodyTooLarge, .malformed: false
        }
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        let what =
            switch kind {
            case .nameNotFound: "the name of \(peer) could not be resolved"
            case .refused: "\(peer) could not be connected to"
            case .tls: "no secure connection to \(peer) could be made"
            case .untrusted: "the certificate of \(peer) is not trusted"
            case .wrongName: "the certificate of \(peer) is for another host"
            case .authoritiesUnusable: "the certificate authorities to trust could not be read"
            case .proxyRefused: "\(peer) could not be reached"
            case .timedOut: "\(peer) did not answer in time"
            case .broken: "the connection to \(peer) broke"
            case .bodyTooLarge: "\(peer) sent more than was asked for"
            case .malformed: "\(peer) did not answer in HTTP"
            }
        let via = proxy.map { " through the proxy \($0)" } ?? ""
        return what + via + (detail.isEmpty ? "" : " (\(detail))")
    }

    public var remedy: String? {
        switch kind {
        case .nameNotFound where proxy != nil, .refused where proxy != nil, .proxyRefused:
            "Check the proxy (`HTTPS_PROXY`, `http_proxy`, `ALL_PROXY`), or name the host in `NO_PROXY` to reach it directly."
        case .nameNotFound: "Check the host name of the location and this machine's DNS."
        case .refused: "Check host and port of the location, and that the service is running."
        case .tls: "Check that the service speaks TLS 1.2 or newer on that port."
        case .untrusted:
            "If the service has an authority of your own, name its certificate with `--ca-file`; if not, somebody else may "
                + "be answering."
        case .wrongName:
            "Use the host name that the certificate is for; if that is the one, somebody else may be answering."
        case .authoritiesUnusable: "Give a file of certificates in PEM form with `--ca-file`, or leave it out."
        case .timedOut, .broken: "Check the network between here and there, then try again."
        case .bodyTooLarge, .malformed: "Check that the location names a blob service."
        }
    }

    public var exitCode: ExitCode { .unreachable }
}
