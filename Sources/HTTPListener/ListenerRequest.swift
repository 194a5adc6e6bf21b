public import HTTPMessages

/// The head of a request as it came over the wire.
public struct ListenerRequest: Sendable {
    /// How long the body is.
    public enum Length: Sendable, Equatable {
        /// The request has no body and names no length.
        case absent
        case known(Int)
        /// The body comes in chunks and tells its end itself.
        case chunked

        /// False if it is known that no byte will come.
        var mayHaveBytes: Bool { self != .absent && self != .known(0) }
    }

    /// Upper case as sent, such as `PUT`.
    public let method: String
    /// Path and query exactly as they stand on the request line, which is what signatures cover.
    public let target: String
    public let fields: HTTPFields
    public let length: Length
    /// The IP address of the client, without its port.
    public let peer: String
    /// `https` if it came over TLS.
    public let scheme: HTTPURL.Scheme

    public init(
        method: String, target: String, fields: HTTPFields, length: Length, peer: String,
        scheme: HTTPURL.Scheme = .http
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.length = length
        self.peer = peer
        self.scheme = scheme
    }
}
