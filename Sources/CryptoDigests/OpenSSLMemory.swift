import CCrypto

/// Where OpenSSL writes what it makes, and reads what it is given.
enum OpenSSLMemory {
    static func filled(_ write: (OpaquePointer) -> Int32) throws(CertificateError) -> [UInt8] {
        guard let memory = unsafe BIO_new(BIO_s_mem()) else { throw .last() }
        defer { unsafe BIO_free(memory) }
        guard unsafe write(memory) == 1 else { throw .last() }
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe penstock_memory_of(memory, &start)
        return unsafe UnsafeBufferPointer(start: start, count: count).map { UInt8(bitPattern: $0) }
    }

    /// The last thing OpenSSL complained of on this thread; the others are forgotten.
    static func lastComplaint() -> String {
        var text = [CChar](repeating: 0, count: 256)
        unsafe ERR_error_string_n(ERR_peek_last_error(), &text, text.count)
        ERR_clear_error()
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
