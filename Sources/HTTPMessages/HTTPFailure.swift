public import Diagnostics

/// A conversation over HTTP that broke before there was a whole answer.
public struct HTTPFailure: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case nameNotFound = "http.name-not-found"
        case refused = "http.connection-refused"
        case tls = "http.tls"
        case timedOut = "http.timed-out"
        /// The connection ended in the middle, or the body is shorter than promised.
        case broken = "http.connection-broken"
        case bodyTooLarge = "http.body-too-large"
        case malformed = "http.malformed"
    }

    public let kind: Kind
    /// `host:port`.
    public let peer: String
    /// The transport library's own words.
    public let detail: String

    public init(kind: Kind, peer: String, detail: String) {
        self.kind = kind
        self.peer = peer
        self.detail = detail
    }

    /// True where trying again later may help.
    public var isTransient: Bool {
        switch kind {
        case .nameNotFound, .refused, .timedOut, .broken: true
        case .tls, .bodyTooLarge, .malformed: false
        }
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        let what =
            switch kind {
            case .nameNotFound: "the name of \(peer) could not be resolved"
            case .refused: "\(peer) could not be connected to"
            case .tls: "no secure connection to \(peer) could be made"
            case .timedOut: "\(peer) did not answer in time"
            case .broken: "the connection to \(peer) broke"
            case .bodyTooLarge: "\(peer) sent more than was asked for"
            case .malformed: "\(peer) did not answer in HTTP"
            }
        return detail.isEmpty ? what : "\(what) (\(detail))"
    }

    public var remedy: String? {
        switch kind {
        case .nameNotFound: "Check the host name of the location and this machine's DNS."
        case .refused: "Check host and port of the location, and that the service is running."
        case .tls: "Check the certificate of the service and the certificate authorities of this machine."
        case .timedOut, .broken: "Check the network between here and there, then try again."
        case .bodyTooLarge, .malformed: "Check that the location names a blob service."
        }
    }

    public var exitCode: ExitCode { .unreachable }
}
