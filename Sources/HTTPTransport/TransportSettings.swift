/// How connections are made and given up.
public struct TransportSettings: Sendable {
    /// How long a connection may take to come about, its secure handshake included.
    public var connectTimeout: Duration
    /// How long a conversation may go without a byte in either direction.
    public var stallTimeout: Duration
    /// A file of certificate authorities in PEM form, instead of the machine's.
    public var certificateAuthorities: String?
    public var proxies: ProxySettings
    public var userAgent: String

    public init(
        connectTimeout: Duration = .seconds(30), stallTimeout: Duration = .seconds(60),
        certificateAuthorities: String? = nil, proxies: ProxySettings = ProxySettings(), userAgent: String = "penstock"
    ) {
        self.connectTimeout = connectTimeout
        self.stallTimeout = stallTimeout
        self.certificateAuthorities = certificateAuthorities
        self.proxies = proxies
        self.userAgent = userAgent
    }
}
