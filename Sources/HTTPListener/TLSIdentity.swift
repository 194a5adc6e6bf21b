public import Diagnostics

/// What a listener proves itself by to clients that speak TLS: a certificate and the key to it.
public struct TLSIdentity: Sendable {
    /// The certificate, followed by those between it and an authority; PEM.
    let certificate: [UInt8]
    /// The private key; PEM.
    let key: Secret<[UInt8]>

    /// Looks at the outside of both; whether they belong together is seen when the listener starts.
    ///
    /// - Throws: ``ListenerError`` of kind `badCertificate` or `badKey`.
    public init(certificate: [UInt8], key: Secret<[UInt8]>) throws(ListenerError) {
        guard Self.holds("-----BEGIN CERTIFICATE-----", certificate) else { throw ListenerError(.badCertificate) }
        let isKey = key.reveal { key in
            Self.holds("PRIVATE KEY-----", key) && !Self.holds("ENCRYPTED", key)
        }
        guard isKey else { throw ListenerError(.badKey) }
        self.certificate = certificate
        self.key = key
    }

    private static func holds(_ text: String, _ bytes: [UInt8]) -> Bool {
        !bytes.contains(0) && bytes.firstRange(of: Array(text.utf8)) != nil
    }
}
