/// A certificate as it is shown to others: its bytes, and the digests it is known by.
public struct X509Certificate: Sendable, Equatable {
    /// The certificate in DER form, as `x5c` carries it in Base64.
    public let der: [UInt8]

    init(der: [UInt8]) { self.der = der }

    /// The SHA-1 digest, as `x5t` carries it: a name for the certificate, not a reason to trust it.
    public var sha1Thumbprint: [UInt8] { Digest.of(der.span, .sha1) }
    /// The SHA-256 digest, as `x5t#S256` carries it.
    public var sha256Thumbprint: [UInt8] { Digest.of(der.span, .sha256) }
}
