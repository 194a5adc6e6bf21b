public import Diagnostics

/// A certificate that OpenSSL could not make.
public struct CertificateError: ExplainedError, Equatable {
    /// OpenSSL's own words.
    public let detail: String

    public var code: String { "certificate.failed" }
    public var summary: String { "a certificate could not be made: \(detail)" }

    /// The last thing OpenSSL complained of on this thread.
    static func last() -> CertificateError { CertificateError(detail: OpenSSLMemory.lastComplaint()) }
}
