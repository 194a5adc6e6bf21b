import CCrypto

/// A running digest: fed in pieces, finished once.
@safe public struct Digest: ~Copyable, Sendable {
    public enum Algorithm: Sendable {
        /// 16 bytes; for `Content-MD5` only, never for trust.
        case md5
        /// 20 bytes; for the thumbprints of certificates only, never for trust.
        case sha1
        /// 32 bytes.
        case sha256
    }

    // One owner at a time: the struct cannot be copied, and the context is reached through it only.
    nonisolated(unsafe) private let context: OpaquePointer

    public init(_ algorithm: Algorithm) {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("OpenSSL has no memory for a digest") }
        let method =
            switch algorithm {
            case .md5: unsafe EVP_md5()
            case .sha1: unsafe EVP_sha1()
            case .sha256: unsafe EVP_sha256()
            }
        // Fails only without memory, or for MD5 where the machine's FIPS policy forbids it.
        precondition(unsafe EVP_DigestInit_ex(context, method, nil) == 1, "OpenSSL refuses \(algorithm)")
        unsafe self.context = context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: Span<UInt8>) {
        _ = unsafe bytes.withUnsafeBufferPointer { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    /// The digest of all bytes given.
    public consuming func finish() -> [UInt8] {
        let size = Int(unsafe EVP_MD_get_size(EVP_MD_CTX_get0_md(context)))
        var bytes = [UInt8](repeating: 0, count: size)
        unsafe EVP_DigestFinal_ex(context, &bytes, nil)
        return bytes
    }

    /// The digest of bytes that are all there.
    public static func of(_ bytes: Span<UInt8>, _ algorithm: Algorithm) -> [UInt8] {
        var digest = Digest(algorithm)
        digest.update(bytes)
        return digest.finish()
    }
}
