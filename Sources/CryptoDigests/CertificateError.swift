import CCrypto
public import Diagnostics

/// A certificate that OpenSSL could not make.
public struct CertificateError: ExplainedError, Equatable {
    /// OpenSSL's own words.
    public let detail: String

    public var code: String { "certificate.failed" }
    public var summary: String { "a certificate could not be made: \(detail)" }

    /// The last thing OpenSSL complained of on this thread.
    static func last() -> CertificateError {
        var text = [CChar](repeating: 0, count: 256)
        unsafe ERR_error_string_n(ERR_get_error(), &text, text.count)
        return CertificateError(
            detail: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
