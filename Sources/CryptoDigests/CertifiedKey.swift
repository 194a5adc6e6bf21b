import CCrypto
public import Diagnostics

/// A private RSA key with the certificate that was made for it.
public struct CertifiedKey: Sendable {
    public let key: RSAPrivateKey
    public let certificate: X509Certificate
    /// Those that vouch for the certificate, as far as the file holds them.
    public let authorities: [X509Certificate]

    /// Reads a file in PEM form, in any order, or in the form PKCS#12 (`.pfx`); its first bytes tell which.
    ///
    /// - Parameter password: Of the file, or of the key in it.
    public init(file: Secret<[UInt8]>, password: Secret<String>? = nil) throws(KeyError) {
        self = try file.reveal { bytes throws(KeyError) in
            // A PKCS#12 file is one ASN.1 sequence.
            try bytes.first == 0x30 ? CertifiedKey(pkcs12: bytes, password) : CertifiedKey(pem: bytes, password)
        }
    }

    private init(pem: [UInt8], _ password: Secret<String>?) throws(KeyError) {
        key = try RSAPrivateKey(pem: Secret(pem), password: password)
        guard let source = unsafe BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { throw .last(.failed) }
        defer { unsafe BIO_free(source) }
        var own: X509Certificate?
        var others: [X509Certificate] = []
        while let read = unsafe PEM_read_bio_X509(source, nil, nil, nil) {
            defer { unsafe X509_free(read) }
            let certificate = X509Certificate(der: unsafe try Self.der(read))
            if own == nil, unsafe X509_check_private_key(read, key.publicKey.key) == 1 {
                own = certificate
            } else {
                others.append(certificate)
            }
        }
        ERR_clear_error()
        guard let own else { throw KeyError(others.isEmpty ? .noCertificate : .mismatch) }
        certificate = own
        authorities = others
    }

    private init(pkcs12 bytes: [UInt8], _ password: Secret<String>?) throws(KeyError) {
        guard let source = unsafe BIO_new_mem_buf(bytes, Int32(clamping: bytes.count)) else { throw .last(.failed) }
        defer { unsafe BIO_free(source) }
        guard let file = unsafe d2i_PKCS12_bio(source, nil) else { throw .last(.malformed) }
        defer { unsafe PKCS12_free(file) }
        var parts: (key: OpaquePointer?, certificate: OpaquePointer?, others: OpaquePointer?) = (nil, nil, nil)
        defer {
            unsafe X509_free(parts.certificate)
            unsafe penstock_free_certificates(parts.others)
        }
        let status = (password ?? Secret("")).reveal { password in
            unsafe PKCS12_parse(file, password, &parts.key, &parts.certificate, &parts.others)
        }
        guard status == 1 else {
            let isPassword = penstock_error_reason(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE
            throw .last(isPassword ? .wrongPassword : .malformed)
        }
        guard let made = unsafe parts.key else { throw KeyError(.malformed, detail: "it holds no private key") }
        key = unsafe try RSAPrivateKey(owning: made)
        guard let own = unsafe parts.certificate else { throw KeyError(.noCertificate) }
        certificate = X509Certificate(der: unsafe try Self.der(own))
        var authorities: [X509Certificate] = []
        for index in 0..<max(0, unsafe penstock_certificate_count(parts.others)) {
            guard let other = unsafe penstock_certificate_at(parts.others, index) else { continue }
            authorities.append(X509Certificate(der: unsafe try Self.der(other)))
        }
        self.authorities = authorities
    }

    private static func der(_ certificate: OpaquePointer) throws(KeyError) -> [UInt8] {
        do {
            return unsafe try OpenSSLMemory.filled { unsafe i2d_X509_bio($0, certificate) }
        } catch {
            throw KeyError(.malformed, detail: error.detail)
        }
    }
}
