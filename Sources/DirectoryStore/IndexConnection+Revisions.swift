import BlobStorage
import FoundationEssentials
import LocalIndex

/// A committed state.
struct Revision: Sendable {
    let id: Int
    let properties: BlobProperties

    var state: (tag: ETag, lastModified: Date) { (properties.tag, properties.lastModified) }
}

extension IndexConnection {
    /// Of a revision `r` of a blob `b`.
    static let revisionColumns = """
        r.id, r.size, r.tag, r.modified, r.created, r.content_type, r.content_encoding, r.content_language, \
        r.content_disposition, r.cache_control, r.content_md5, r.metadata, r.tags, r.tier, r.kind, r.tier_changed, \
        r.copy, r.snapshot, r.sealed, r.appended, \
        \(leaseColumns("b"))
        """

    mutating func revision(_ name: BlobName, in container: Int) throws -> Revision? {
        try first(
            "SELECT \(Self.revisionColumns) FROM blob b JOIN revision r ON r.id = b.current "
                + "WHERE b.container = ? AND b.name = ?",
            [.integer(container), .text(name.text)]
        ) { Self.revision($0, from: 0) }
    }

    /// - Parameter snapshot: `nil` for the blob itself.
    mutating func revision(_ name: BlobName, at snapshot: SnapshotID?, in container: Int) throws -> Revision? {
        guard let snapshot else { return try revision(name, in: container) }
        return try revision(name, snapshot: snapshot, in: container)
    }

    /// The state of one snapshot of a blob.
    mutating func revision(_ name: BlobName, snapshot: SnapshotID, in container: Int) throws -> Revision? {
        try first(
            "SELECT \(Self.revisionColumns) FROM blob b JOIN revision r ON r.blob = b.id "
                + "WHERE b.container = ? AND b.name = ? AND r.snapshot = ?",
            [.integer(container), .text(name.text), .text(snapshot.text)]
        ) { Self.revision($0, from: 0) }
    }

    static func revision(_ row: borrowing IndexRow, from column: Int) -> Revision {
        let attributes = BlobAttributes(
            contentType: row.text(column + 5), contentEncoding: row.text(column + 6),
            contentLanguage: row.text(column + 7), contentDisposition: row.text(column + 8),
            cacheControl: row.text(column + 9), contentMD5: row.bytes(column + 10),
            metadata: Metadata.decode(row.text(column + 11)),
            tags: (try? BlobTags(Metadata.decode(row.text(column + 12)))) ?? .none,
            tier: row.text(column + 13).flatMap { AccessTier($0) })
        let snapshot = row.text(column + 17).flatMap { SnapshotID($0) }
        let service = ServiceState(
            kind: BlobKind(rawValue: row.text(column + 14) ?? "") ?? .block,
            tierChanged: row.isNull(column + 15) ? nil : Date(seconds: row.integer(column + 15)),
            lease: snapshot == nil ? lease(row, from: column + 20) : nil,
            copy: copyState(row.text(column + 16)),
            snapshot: snapshot, appendedBlocks: row.integer(column + 19), isSealed: row.integer(column + 18) != 0)
        return Revision(
            id: row.integer(column),
            properties: BlobProperties(
                size: row.integer(column + 1), tag: ETag(row.text(column + 2) ?? ""),
                lastModified: Date(seconds: row.integer(column + 3)), created: Date(seconds: row.integer(column + 4)),
                attributes: attributes, service: service))
    }

    /// Records a state of a blob; what it consists of is recorded apart.
    mutating func insertRevision(
        of blob: Int, _ properties: BlobProperties
    ) throws {
        let (attributes, service) = (properties.attributes, properties.service)
        let texts = [
            attributes.contentType, attributes.contentEncoding, attributes.contentLanguage,
            attributes.contentDisposition, attributes.cacheControl,
        ]
        try run(
            """
            INSERT INTO revision (blob, size, tag, modified, created, content_type, content_encoding, content_language, \
            content_disposition, cache_control, content_md5, metadata, tags, tier, kind, tier_changed, copy, snapshot, \
            sealed, appended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(blob), .integer(properties.size), .text(properties.tag.text),
                .integer(properties.lastModified.seconds), .integer(properties.created.seconds),
            ] + texts.map { .optional($0) } + [
                attributes.contentMD5.map { .bytes($0) } ?? .null, .text(try Metadata.encode(attributes.metadata)),
                .text(try Metadata.encode(attributes.tags.values)), .optional(attributes.tier?.rawValue),
                .text(service.kind.rawValue), service.tierChanged.map { .integer($0.seconds) } ?? .null,
                .optional(try service.copy.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }),
                .optional(service.snapshot?.text), .integer(service.isSealed ? 1 : 0), .integer(service.appendedBlocks),
            ])
    }

    /// A tag unlike every other of this store by its number, and unlike those of other stores by the salt.
    mutating func newTag(salt: UInt64) throws -> ETag {
        let next = try first("SELECT seq FROM sqlite_sequence WHERE name = 'revision'") { $0.integer(0) } ?? 0
        return ETag("0x" + String(salt, radix: 16, uppercase: true) + String(next + 1, radix: 16, uppercase: true))
    }
}

extension IndexValue {
    static func optional(_ text: String?) -> IndexValue { text.map { .text($0) } ?? .null }
}
