import CCrypto
public import Diagnostics

/// A key, or a certificate with its key, that cannot be used; holds nothing of the key.
public struct KeyError: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case malformed = "key.malformed"
        /// The password is missing or is not the right one.
        case wrongPassword = "key.wrong-password"
        /// The key is of another kind than RSA, or too short to be trusted.
        case unfit = "key.unfit"
        case noCertificate = "key.no-certificate"
        /// None of the certificates is for the key.
        case mismatch = "key.mismatch"
        /// OpenSSL failed at something that should have succeeded.
        case failed = "key.failed"
    }

    public let kind: Kind
    /// OpenSSL's own words, or what is missing.
    public let detail: String

    init(_ kind: Kind, detail: String = "") {
        self.kind = kind
        self.detail = detail
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        let what =
            switch kind {
            case .malformed: "the key cannot be read"
            case .wrongPassword: "the key cannot be read with this password"
            case .unfit: "the key is not an RSA key of at least \(RSAPublicKey.leastBits) bits"
            case .noCertificate: "there is no certificate with the key"
            case .mismatch: "no certificate in the file is for the key in it"
            case .failed: "a signature could not be made"
            }
        return what + (detail.isEmpty ? "" : ": \(detail)")
    }

    public var remedy: String? {
        switch kind {
        case .malformed:
            "Give a file with private key and certificate, in PEM form or as PKCS#12; one that an old program wrote is "
                + "brought up to date by `openssl pkcs12 -legacy -in OLD.pfx -nodes -out NEW.pem`."
        case .wrongPassword: "Set the password that the file was written with."
        case .unfit: "Make a key with `openssl req -x509 -newkey rsa:2048`, and register its certificate."
        case .noCertificate: "Put the certificate into the same file, behind the key."
        case .mismatch: "Put the certificate that was made for this key into the file."
        case .failed: nil
        }
    }

    public var exitCode: ExitCode { kind == .failed ? .failed : .wrongUsage }

    /// What OpenSSL complained of last on this thread.
    static func last(_ kind: Kind) -> KeyError { KeyError(kind, detail: OpenSSLMemory.lastComplaint()) }
}
