import CCrypto

extension X509Certificate {
    /// Reads the first certificate of a text in PEM form, without asking who vouches for it.
    public init(pem: [UInt8]) throws(KeyError) {
        guard let source = unsafe BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { throw .last(.failed) }
        defer { unsafe BIO_free(source) }
        guard let read = unsafe PEM_read_bio_X509(source, nil, nil, nil) else { throw .last(.noCertificate) }
        defer { unsafe X509_free(read) }
        do {
            self.init(der: unsafe try OpenSSLMemory.filled { unsafe i2d_X509_bio($0, read) })
        } catch {
            throw KeyError(.malformed, detail: error.detail)
        }
    }

    /// The key that the certificate is for; what the owner of its other half signed verifies with it.
    public func publicKey() throws(KeyError) -> RSAPublicKey {
        guard let source = unsafe BIO_new_mem_buf(der, Int32(clamping: der.count)) else { throw .last(.failed) }
        defer { unsafe BIO_free(source) }
        guard let read = unsafe d2i_X509_bio(source, nil) else { throw .last(.malformed) }
        defer { unsafe X509_free(read) }
        guard let key = unsafe X509_get_pubkey(read) else { throw .last(.unfit) }
        return unsafe try RSAPublicKey(owning: key)
    }
}
