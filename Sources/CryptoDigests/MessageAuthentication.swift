import CCrypto

/// HMAC-SHA256, and comparing what it makes.
public enum MessageAuthentication {
    /// The 32-byte code of `message` under `key`.
    public static func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let made = unsafe HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &length)
        precondition(unsafe made != nil && length == 32, "OpenSSL could not compute an HMAC")
        return code
    }

    /// Compares in a time that does not depend on where the bytes differ.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}
