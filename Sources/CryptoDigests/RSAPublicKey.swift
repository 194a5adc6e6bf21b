import CCrypto

/// How a signature is made with an RSA key, by the names that tokens use; both over SHA-256.
public enum RSAAlgorithm: String, Sendable, CaseIterable {
    /// PKCS #1 v1.5.
    case rs256 = "RS256"
    /// PSS, with a salt as long as the digest.
    case ps256 = "PS256"
}

/// The half of an RSA key that everybody may know.
@safe public final class RSAPublicKey: Sendable {
    /// What is shorter is not believed.
    static let leastBits = 2048
    /// What is longer takes too much time.
    static let mostBits = 16_384

    // Never changed after it is made, and OpenSSL only counts references; so it may be used on all threads at once.
    nonisolated(unsafe) let key: OpaquePointer

    /// Takes over a key of OpenSSL's.
    ///
    /// Throws ``KeyError`` of kind `unfit` for one of another kind or size.
    init(owning made: OpaquePointer) throws(KeyError) {
        let isFit =
            unsafe EVP_PKEY_get_base_id(made) == EVP_PKEY_RSA
            && (Self.leastBits...Self.mostBits).contains(Int(EVP_PKEY_get_bits(made)))
        guard isFit else {
            unsafe EVP_PKEY_free(made)
            throw KeyError(.unfit)
        }
        unsafe key = unsafe made
    }

    /// The key of a published pair of numbers, highest byte first.
    public convenience init(modulus: [UInt8], exponent: [UInt8]) throws(KeyError) {
        guard modulus.count <= Self.mostBits / 8, (1...8).contains(exponent.count) else { throw KeyError(.unfit) }
        unsafe try self.init(owning: try Self.make(modulus, exponent))
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// The modulus, highest byte first, without leading zeros.
    public var modulus: [UInt8] { unsafe number(OSSL_PKEY_PARAM_RSA_N) }
    /// The public exponent, highest byte first, without leading zeros.
    public var exponent: [UInt8] { unsafe number(OSSL_PKEY_PARAM_RSA_E) }

    /// True if the private half of this key signed `message`.
    public func verifies(_ signature: [UInt8], of message: [UInt8], _ algorithm: RSAAlgorithm) -> Bool {
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        var parameters: OpaquePointer?
        let isRight =
            unsafe EVP_DigestVerifyInit(context, &parameters, EVP_sha256(), nil, key) == 1
            && algorithm.set(on: parameters)
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        // What a wrong signature leaves behind is no failure of whoever asks OpenSSL next.
        ERR_clear_error()
        return isRight
    }

    private func number(_ name: UnsafePointer<CChar>) -> [UInt8] {
        var number: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1 else { return [] }
        defer { unsafe BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: Int(unsafe BN_num_bits(number) + 7) / 8)
        unsafe BN_bn2bin(number, &bytes)
        return bytes
    }

    private static func make(_ modulus: [UInt8], _ exponent: [UInt8]) throws(KeyError) -> OpaquePointer {
        let builder = unsafe OSSL_PARAM_BLD_new()
        let numbers = unsafe (
            BN_bin2bn(modulus, Int32(modulus.count), nil), BN_bin2bn(exponent, Int32(exponent.count), nil)
        )
        let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
        defer {
            unsafe EVP_PKEY_CTX_free(context)
            unsafe BN_free(numbers.0)
            unsafe BN_free(numbers.1)
            unsafe OSSL_PARAM_BLD_free(builder)
        }
        guard unsafe builder != nil, unsafe numbers.0 != nil, unsafe numbers.1 != nil,
            let list = unsafe penstock_rsa_numbers(builder, numbers.0, numbers.1)
        else { throw .last(.failed) }
        defer { unsafe OSSL_PARAM_free(list) }
        var made: OpaquePointer?
        guard unsafe EVP_PKEY_fromdata_init(context) == 1,
            unsafe EVP_PKEY_fromdata(context, &made, penstock_public_key_selection(), list) == 1,
            let key = unsafe made
        else { throw .last(.malformed) }
        return unsafe key
    }
}

extension RSAAlgorithm {
    /// Sets how an operation of OpenSSL's pads.
    func set(on parameters: OpaquePointer?) -> Bool {
        switch self {
        case .rs256: unsafe EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) == 1
        case .ps256:
            unsafe EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
        }
    }
}
