import BlobStorage
import CryptoDigests
import FoundationEssentials
import HTTPMessages

extension HTTPFields {
    /// Adds the conditional headers.
    mutating func set(_ condition: AccessCondition) {
        self["If-Match"] = condition.ifMatch.map(Self.text)
        self["If-None-Match"] = condition.ifNoneMatch.map(Self.text)
        self["If-Modified-Since"] = condition.ifModifiedSince.map(HTTPDate.format)
        self["If-Unmodified-Since"] = condition.ifUnmodifiedSince.map(HTTPDate.format)
    }

    /// Adds what a writer says about a blob.
    mutating func set(_ attributes: BlobAttributes) {
        self["x-ms-blob-content-type"] = attributes.contentType
        self["x-ms-blob-content-encoding"] = attributes.contentEncoding
        self["x-ms-blob-content-language"] = attributes.contentLanguage
        self["x-ms-blob-content-disposition"] = attributes.contentDisposition
        self["x-ms-blob-cache-control"] = attributes.cacheControl
        self["x-ms-blob-content-md5"] = attributes.contentMD5.map(Base64.encode)
        set(metadata: attributes.metadata)
        if !attributes.tags.isEmpty { self["x-ms-tags"] = attributes.tags.field }
        self["x-ms-access-tier"] = attributes.tier?.rawValue
    }

    mutating func set(metadata: [String: String]) {
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { append("x-ms-meta-\(name)", value) }
    }

    /// The metadata of an answer; names come back in lower case from many servers.
    var metadata: [String: String] {
        let prefix = "x-ms-meta-"
        let found = all.filter { $0.name.lowercased().hasPrefix(prefix) }
        return Dictionary(found.map { (String($0.name.dropFirst(prefix.count)), $0.value) }) { first, _ in first }
    }

    /// The state of a blob as the answer to a read tells it, or `nil` if it does not.
    ///
    /// - Parameter isRange: True for a part of a blob: its size is in `Content-Range` then, its MD5 in another field.
    func properties(isRange: Bool) -> BlobProperties? {
        let size = isRange ? self["Content-Range"].flatMap(ContentRange.init(header:))?.total : number("Content-Length")
        guard let size, let written else { return nil }
        let created = self["x-ms-creation-time"].flatMap(HTTPDate.parse) ?? written.lastModified
        return BlobProperties(
            size: size, tag: written.tag, lastModified: written.lastModified, created: created,
            attributes: BlobAttributes(
                contentType: self["Content-Type"], contentEncoding: self["Content-Encoding"],
                contentLanguage: self["Content-Language"], contentDisposition: self["Content-Disposition"],
                cacheControl: self["Cache-Control"],
                contentMD5: self[isRange ? "x-ms-blob-content-md5" : "Content-MD5"].flatMap(Base64.decode),
                metadata: metadata, tier: tier),
            service: ServiceState(
                kind: self["x-ms-blob-type"].flatMap(BlobKind.init(rawValue:)) ?? .block,
                tagCount: number("x-ms-tag-count") ?? 0))
    }

    /// The tier that was chosen for a blob; `nil` for the account's own.
    ///
    /// A blob that is coming back from the archive is still there, and says beside it where it goes
    /// (`x-ms-archive-status`).
    private var tier: AccessTier? {
        if self["x-ms-archive-status"]?.hasPrefix("rehydrate-pending") == true { return .archive }
        guard self["x-ms-access-tier-inferred"]?.lowercased() != "true" else { return nil }
        return self["x-ms-access-tier"].flatMap { AccessTier($0) }
    }

    /// Tag and time of a write, or `nil` if the answer does not tell them.
    var written: WrittenBlob? {
        guard let tag = self["ETag"], let time = self["Last-Modified"].flatMap(HTTPDate.parse) else { return nil }
        return WrittenBlob(tag: ETag(tag), lastModified: time)
    }

    /// A number of at least 0.
    func number(_ name: String) -> Int? { self[name].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }

    private static func text(_ tag: AccessCondition.Tag) -> String {
        switch tag {
        case .any: "*"
        case .tag(let tag): tag.text
        }
    }
}

extension BlobTags {
    /// As `x-ms-tags` carries them, ordered by name.
    var field: String {
        var form: HTTPQuery = [:]
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { form.append(name, value) }
        return form.encoded
    }
}

extension CRC64 {
    /// The value of bytes as `x-ms-content-crc64` carries it.
    static func header(of bytes: Span<UInt8>) -> String {
        var sum = CRC64()
        sum.update(bytes)
        return Base64.encode(sum.bytes)
    }
}
