import BlobStorage
import Diagnostics
import HTTPMessages

/// What a request says of the source of a copy.
struct CopyRequest: Sendable {
    /// The longest URL of a source, in bytes.
    private static let longestURL = 2048

    let url: HTTPURL
    let condition: AccessCondition
    let range: ByteRange?
    let expected: ExpectedDigest
    /// True if the copy gets the source's tags.
    let copiesTags: Bool
    /// The `Authorization` to read the source with.
    let authorization: Secret<String>?

    init(_ fields: HTTPFields) throws(ServiceFailure) {
        if let tags = fields["x-ms-source-if-tags"] { throw .unsupportedHeader("x-ms-source-if-tags", tags) }
        let text = fields["x-ms-copy-source"] ?? ""
        guard text.utf8.count <= Self.longestURL, fields.values(of: "x-ms-copy-source").count == 1,
            let url = HTTPURL(text)
        else { throw .header("x-ms-copy-source", String(text.prefix { $0 != "?" })) }
        self.url = url
        condition = try AccessCondition(Self.conditions(fields))
        range = try Self.range(fields)
        expected = try ExpectedDigest(Self.digests(fields))
        copiesTags = try Self.copiesTags(fields)
        authorization = try Self.authorization(fields)
    }

    /// The URL by which the source is known afterwards: its query may hold a secret.
    var shownURL: String { "\(url.scheme)://\(url.authority)\(url.path)" }

    /// The source's conditions under the names that conditions have elsewhere.
    private static func conditions(_ fields: HTTPFields) -> HTTPFields {
        var conditions: HTTPFields = [:]
        for name in ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"] {
            conditions[name] = fields["x-ms-source-" + name]
        }
        conditions["x-ms-lease-id"] = fields["x-ms-source-lease-id"]
        return conditions
    }

    private static func digests(_ fields: HTTPFields) -> HTTPFields {
        var digests: HTTPFields = [:]
        digests["Content-MD5"] = fields["x-ms-source-content-md5"]
        digests["x-ms-content-crc64"] = fields["x-ms-source-content-crc64"]
        return digests
    }

    /// Only tokens may be given so; the value is a credential, which is not repeated.
    private static func authorization(_ fields: HTTPFields) throws(ServiceFailure) -> Secret<String>? {
        let name = "x-ms-copy-source-authorization"
        guard let text = fields[name] else { return nil }
        guard fields.values(of: name).count == 1, text.lowercased().hasPrefix("bearer ") else {
            throw .header(name, "(secret)")
        }
        return Secret(text)
    }

    private static func range(_ fields: HTTPFields) throws(ServiceFailure) -> ByteRange? {
        guard let text = fields["x-ms-source-range"] else { return nil }
        guard let range = ByteRange(header: text) else { throw .header("x-ms-source-range", text) }
        return range
    }

    private static func copiesTags(_ fields: HTTPFields) throws(ServiceFailure) -> Bool {
        guard let text = fields["x-ms-copy-source-tag-option"] else { return false }
        switch text.uppercased() {
        case "REPLACE": return false
        case "COPY" where fields["x-ms-tags"] == nil: return true
        default: throw .header("x-ms-copy-source-tag-option", text)
        }
    }
}
