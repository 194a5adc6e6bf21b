import CCrypto
public import Diagnostics

/// A certificate for TLS that vouches for itself, with the key it was made with; both PEM.
///
/// Who is to trust it is given the certificate as an authority. It is none: nothing else can be signed with its key.
public struct SelfSignedCertificate: Sendable {
    public let certificate: [UInt8]
    public let key: Secret<[UInt8]>

    /// - Parameters:
    ///   - hosts: The names and addresses it is for; the first is its subject, too.
    ///   - from: In seconds since 1970, like `until`.
    public static func make(hosts: [String], from: Int, until: Int) throws(CertificateError) -> SelfSignedCertificate {
        let key = try PrivateKey()
        let made = try Certificate.make(for: key, hosts: hosts, from: from, until: until)
        return SelfSignedCertificate(certificate: try made.pem(), key: Secret(try key.pem()))
    }

    /// True if a certificate in PEM form is good for all these hosts from `from` to `until`, in seconds since 1970.
    public static func isGood(_ certificate: [UInt8], for hosts: [String], from: Int, until: Int) -> Bool {
        guard let read = Certificate.read(certificate) else { return false }
        return read.isGood(for: hosts, from: from, until: until)
    }

    /// True for what is written as an address rather than as a name.
    public static func isAddress(_ host: String) -> Bool {
        host.contains(":") || host.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    }
}

/// A key on the curve P-256.
@safe private struct PrivateKey: ~Copyable {
    let key: OpaquePointer

    init() throws(CertificateError) {
        guard let made = unsafe penstock_new_key() else { throw .last() }
        unsafe key = unsafe made
    }

    deinit { unsafe EVP_PKEY_free(key) }

    func pem() throws(CertificateError) -> [UInt8] {
        unsafe try OpenSSLMemory.filled { unsafe PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }
}

@safe private struct Certificate: ~Copyable {
    private let certificate: OpaquePointer

    /// Takes over a certificate of OpenSSL's.
    private init(owning made: OpaquePointer) { unsafe certificate = unsafe made }

    /// An empty one.
    private static func new() throws(CertificateError) -> Certificate {
        guard let made = unsafe X509_new() else { throw .last() }
        return unsafe Certificate(owning: made)
    }

    static func make(
        for key: borrowing PrivateKey, hosts: [String], from: Int, until: Int
    ) throws(CertificateError) -> Certificate {
        let made = try new()
        try made.fill(key, hosts: hosts, from: from, until: until)
        return made
    }

    private func fill(
        _ key: borrowing PrivateKey, hosts: [String], from: Int, until: Int
    ) throws(CertificateError) {
        var serial = [UInt8](repeating: 0, count: 16)
        try Self.check(unsafe RAND_bytes(&serial, 16))
        serial[0] &= 0x7F
        let number = unsafe BN_bin2bn(serial, 16, nil)
        defer { unsafe BN_free(number) }
        try Self.check(unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) == nil ? 0 : 1)
        try Self.check(unsafe X509_set_version(certificate, 2))
        try Self.check(unsafe X509_set_pubkey(certificate, key.key))
        var (first, last) = (time_t(from), time_t(until))
        try Self.check(unsafe X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &first) == nil ? 0 : 1)
        try Self.check(unsafe X509_time_adj_ex(X509_getm_notAfter(certificate), 0, 0, &last) == nil ? 0 : 1)
        let name = unsafe X509_get_subject_name(certificate)
        // A name of a subject has at most 64 characters; what counts are the alternative names.
        let subject = Array((hosts.first ?? "localhost").utf8.prefix(64))
        try Self.check(
            unsafe X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_FLAG | 1, subject, Int32(subject.count), -1, 0))
        try Self.check(unsafe X509_set_issuer_name(certificate, name))
        let alternatives = hosts.map { (SelfSignedCertificate.isAddress($0) ? "IP:" : "DNS:") + $0 }
        for (identifier, value) in [
            (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
            (NID_ext_key_usage, "serverAuth"), (NID_subject_key_identifier, "hash"),
            (NID_subject_alt_name, alternatives.joined(separator: ",")),
        ] {
            try add(identifier, value)
        }
        try Self.check(unsafe X509_sign(certificate, key.key, EVP_sha256()))
    }

    /// `nil` for what is no certificate in PEM form.
    static func read(_ pem: [UInt8]) -> Certificate? {
        guard let source = unsafe BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
        defer { unsafe BIO_free(source) }
        guard let read = unsafe PEM_read_bio_X509(source, nil, nil, nil) else { return nil }
        return unsafe Certificate(owning: read)
    }

    deinit { unsafe X509_free(certificate) }

    private func add(_ identifier: Int32, _ value: String) throws(CertificateError) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, certificate, certificate, nil, nil, 0)
        guard let made = unsafe X509V3_EXT_conf_nid(nil, &context, identifier, value) else { throw .last() }
        defer { unsafe X509_EXTENSION_free(made) }
        try Self.check(unsafe X509_add_ext(certificate, made, -1))
    }

    private static func check(_ status: Int32) throws(CertificateError) {
        guard status > 0 else { throw .last() }
    }

    func pem() throws(CertificateError) -> [UInt8] {
        unsafe try OpenSSLMemory.filled { unsafe PEM_write_bio_X509($0, certificate) }
    }

    func isGood(for hosts: [String], from: Int, until: Int) -> Bool {
        var (first, last) = (time_t(from), time_t(until))
        guard unsafe X509_cmp_time(X509_get0_notBefore(certificate), &first) < 0,
            unsafe X509_cmp_time(X509_get0_notAfter(certificate), &last) > 0
        else { return false }
        return hosts.allSatisfy { host in
            SelfSignedCertificate.isAddress(host)
                ? unsafe X509_check_ip_asc(certificate, host, 0) == 1
                : unsafe X509_check_host(certificate, host, host.utf8.count, 0, nil) == 1
        }
    }
}
