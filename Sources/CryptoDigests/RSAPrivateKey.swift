import CCrypto
public import Diagnostics

/// An RSA key that signs.
@safe public final class RSAPrivateKey: Sendable {
    /// The half that everybody may know; OpenSSL keeps both in one, which never leaves this module.
    public let publicKey: RSAPublicKey

    /// Takes over a key of OpenSSL's, with its private half.
    init(owning made: OpaquePointer) throws(KeyError) {
        publicKey = unsafe try RSAPublicKey(owning: made)
    }

    /// A new key; a second or less of one processor.
    public static func generate(bits: Int = 2048) throws(KeyError) -> RSAPrivateKey {
        guard (RSAPublicKey.leastBits...RSAPublicKey.mostBits).contains(bits) else { throw KeyError(.unfit) }
        guard let made = unsafe penstock_new_rsa_key(UInt(bits)) else { throw .last(.failed) }
        return unsafe try RSAPrivateKey(owning: made)
    }

    /// Reads the first private key of a text in PEM form.
    ///
    /// - Parameter password: For a key that is encrypted.
    public convenience init(pem: Secret<[UInt8]>, password: Secret<String>? = nil) throws(KeyError) {
        unsafe try self.init(owning: try pem.reveal { bytes throws(KeyError) in unsafe try Self.read(bytes, password) })
    }

    /// The signature of `message`.
    public func sign(_ message: [UInt8], _ algorithm: RSAAlgorithm) throws(KeyError) -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { throw .last(.failed) }
        defer { unsafe EVP_MD_CTX_free(context) }
        var parameters: OpaquePointer?
        var count = 0
        guard unsafe EVP_DigestSignInit(context, &parameters, EVP_sha256(), nil, publicKey.key) == 1,
            unsafe algorithm.set(on: parameters),
            unsafe EVP_DigestSign(context, nil, &count, message, message.count) == 1
        else { throw .last(.failed) }
        var signature = [UInt8](repeating: 0, count: count)
        guard unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
            throw .last(.failed)
        }
        return Array(signature.prefix(count))
    }

    /// The key in PEM form, without a password.
    public func pem() throws(KeyError) -> Secret<[UInt8]> {
        do {
            return Secret(
                unsafe try OpenSSLMemory.filled { memory in
                    unsafe PEM_write_bio_PrivateKey(memory, publicKey.key, nil, nil, 0, nil, nil)
                })
        } catch {
            throw KeyError(.failed, detail: error.detail)
        }
    }

    private static func read(_ pem: [UInt8], _ password: Secret<String>?) throws(KeyError) -> OpaquePointer {
        guard let source = unsafe BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { throw .last(.failed) }
        defer { unsafe BIO_free(source) }
        // Without a text OpenSSL would ask on the terminal.
        let made = unsafe (password ?? Secret("")).reveal { password in
            unsafe password.withCString { text in
                unsafe PEM_read_bio_PrivateKey(source, nil, nil, UnsafeMutableRawPointer(mutating: text))
            }
        }
        guard let made = unsafe made else {
            let isEncrypted = pem.firstRange(of: Array("ENCRYPTED".utf8)) != nil
            throw .last(isEncrypted ? .wrongPassword : .malformed)
        }
        return unsafe made
    }
}
