import BlobStorage
import CryptoDigests
import FoundationEssentials
import HTTPMessages

// Reading what requests say beside their body.

extension AccessCondition {
    /// Reads the four standard conditional headers, and the lease that the client shows.
    ///
    /// Pairs other than `If-Match` with `If-Unmodified-Since` and `If-None-Match` with `If-Modified-Since` are refused.
    init(_ fields: HTTPFields) throws(ServiceFailure) {
        self.init(
            ifMatch: try Self.tag("If-Match", fields), ifNoneMatch: try Self.tag("If-None-Match", fields),
            ifModifiedSince: try Self.date("If-Modified-Since", fields),
            ifUnmodifiedSince: try Self.date("If-Unmodified-Since", fields),
            lease: try fields.leaseID("x-ms-lease-id"))
        let positive = ifMatch != nil || ifUnmodifiedSince != nil
        let negative = ifNoneMatch != nil || ifModifiedSince != nil
        guard !(positive && negative) else {
            throw ServiceFailure(
                400, "MultipleConditionHeadersNotSupported", "Multiple condition headers are not supported.")
        }
    }

    private static func tag(_ name: String, _ fields: HTTPFields) throws(ServiceFailure) -> Tag? {
        guard let text = fields[name] else { return nil }
        guard !text.isEmpty, !text.contains(","), fields.values(of: name).count == 1 else { throw .header(name, text) }
        return text == "*" ? .any : .tag(ETag(text))
    }

    private static func date(_ name: String, _ fields: HTTPFields) throws(ServiceFailure) -> Date? {
        guard let text = fields[name] else { return nil }
        guard let date = HTTPDate.parse(text) else { throw .header(name, text) }
        return date
    }
}

extension BlobAttributes {
    /// Reads `x-ms-blob-content-…`, `x-ms-blob-cache-control`, the metadata, the tags and the tier.
    ///
    /// - Parameter usesBodyFields: True for Put Blob, whose own `Content-Type` and so on describe the blob, too.
    init(_ fields: HTTPFields, usesBodyFields: Bool) throws(ServiceFailure) {
        func value(_ name: String, or plain: String) -> String? {
            let found = fields["x-ms-blob-" + name] ?? (usesBodyFields ? fields[plain] : nil)
            return found.flatMap { $0.isEmpty ? nil : $0 }
        }
        var digest: [UInt8]?
        if let text = fields["x-ms-blob-content-md5"], !text.isEmpty {
            guard let bytes = Base64.decode(text), bytes.count == 16 else {
                throw .header("x-ms-blob-content-md5", text)
            }
            digest = bytes
        }
        self.init(
            contentType: value("content-type", or: "Content-Type"),
            contentEncoding: value("content-encoding", or: "Content-Encoding"),
            contentLanguage: value("content-language", or: "Content-Language"),
            contentDisposition: fields["x-ms-blob-content-disposition"].flatMap { $0.isEmpty ? nil : $0 },
            cacheControl: value("cache-control", or: "Cache-Control"), contentMD5: digest,
            metadata: try fields.metadata(), tags: try fields.tags(), tier: try fields.tier())
    }
}

extension HTTPFields {
    /// The `x-ms-meta-` fields: names are identifiers, values ASCII, together at most 8 KiB.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/setting-and-retrieving-properties-and-metadata-for-blob-resources>
    func metadata() throws(ServiceFailure) -> [String: String] {
        var metadata: [String: String] = [:]
        var size = 0
        for field in all where field.name.lowercased().hasPrefix("x-ms-meta-") {
            let name = String(field.name.dropFirst(10))
            guard !name.isEmpty else {
                throw ServiceFailure(
                    400, "EmptyMetadataKey", "The key for one of the metadata key-value pairs is empty.")
            }
            let isNew = !metadata.keys.contains { $0.lowercased() == name.lowercased() }
            let isText = field.value.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 9 }
            guard isNew, isText, Self.isIdentifier(name) else {
                throw ServiceFailure(
                    400, "InvalidMetadata",
                    "The metadata specified is invalid. It has characters that are not permitted.",
                    details: [ServiceFailure.Detail("HeaderName", field.name)])
            }
            size += name.utf8.count + field.value.utf8.count
            metadata[name] = field.value
        }
        guard size <= 8192 else {
            throw ServiceFailure(
                400, "MetadataTooLarge", "The size of the specified metadata exceeds the maximum size permitted.")
        }
        return metadata
    }

    private static func isIdentifier(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        func isLetter(_ byte: UInt8) -> Bool {
            (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
        }
        return bytes.first.map(isLetter) ?? false && bytes.allSatisfy { isLetter($0) || (48...57).contains($0) }
    }

    /// Refuses what would change what is stored, or who may have it, in ways this server cannot keep.
    func refuseUnkept() throws(ServiceFailure) {
        for name in Self.unkept { if let value = self[name] { throw .unsupportedHeader(name, value) } }
    }

    /// Refuses what stores without tags and tiers cannot keep.
    func refuseAnnotations() throws(ServiceFailure) {
        if let tags = self["x-ms-tags"] { throw .unsupportedHeader("x-ms-tags", tags) }
        if let tier = self["x-ms-access-tier"], tier != "Hot" { throw .unsupportedHeader("x-ms-access-tier", tier) }
    }

    private static let unkept = [
        "x-ms-structured-body", "x-ms-if-tags", "x-ms-encryption-key", "x-ms-encryption-key-sha256",
        "x-ms-encryption-algorithm", "x-ms-encryption-scope", "x-ms-default-encryption-scope",
        "x-ms-immutability-policy-until-date", "x-ms-immutability-policy-mode", "x-ms-legal-hold",
    ]

    /// The range a read asks for in `x-ms-range`, or else in `Range`.
    ///
    /// Suffixes and lists of ranges are refused.
    func range() throws(ServiceFailure) -> ByteRange? {
        guard let text = self["x-ms-range"] ?? self["Range"] else { return nil }
        guard let range = ByteRange(header: text) else {
            throw .header(self["x-ms-range"] == nil ? "Range" : "x-ms-range", text)
        }
        return range
    }

    func flag(_ name: String) throws(ServiceFailure) -> Bool {
        switch self[name]?.lowercased() {
        case nil, "false": return false
        case "true": return true
        case .some(let text): throw .header(name, text)
        }
    }
}
