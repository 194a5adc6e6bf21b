import BlobStorage
import FoundationEssentials
import LocalIndex

// What is said of a blob is changed in the row of its revision. A revision of its own would have to repeat every row of
// the table `block`, up to 50,000, for a change of a few bytes. Readers lose nothing by that: one that pins a state does
// so by its tag, and everything a reader can see of the blob's own state changes the tag in the same transaction; each
// read looks up tag and blocks in one transaction, too.

extension IndexConnection {
    mutating func setHeaders(_ request: WriteRequest) throws -> WrittenBlob {
        let revision = try changeable(request)
        let attributes = request.attributes
        let texts = [
            attributes.contentType, attributes.contentEncoding, attributes.contentLanguage,
            attributes.contentDisposition, attributes.cacheControl,
        ]
        try run(
            """
            UPDATE revision SET content_type = ?, content_encoding = ?, content_language = ?, content_disposition = ?, \
            cache_control = ?, content_md5 = ? WHERE id = ?
            """,
            texts.map { .optional($0) } + [
                attributes.contentMD5.map { .bytes($0) } ?? .null, .integer(revision.id),
            ])
        return try touch(revision, request)
    }

    mutating func setMetadata(_ request: WriteRequest) throws -> WrittenBlob {
        let revision = try changeable(request)
        try run(
            "UPDATE revision SET metadata = ? WHERE id = ?",
            [.text(try Metadata.encode(request.attributes.metadata)), .integer(revision.id)])
        return try touch(revision, request)
    }

    mutating func setTags(_ request: WriteRequest) throws {
        let (_, revision) = try existing(request)
        try run(
            "UPDATE revision SET tags = ? WHERE id = ?",
            [.text(try Metadata.encode(request.attributes.tags.values)), .integer(revision.id)])
    }

    mutating func setTier(_ tier: AccessTier, snapshot: SnapshotID?, _ request: WriteRequest) throws {
        let revision: Revision
        if let snapshot {
            revision = try existing(snapshot, request)
        } else {
            revision = try existing(request).revision
        }
        guard revision.properties.service.kind == .block else { throw request.error(.wrongBlobKind) }
        try run(
            "UPDATE revision SET tier = ?, tier_changed = ? WHERE id = ?",
            [.text(tier.rawValue), .integer(request.now.seconds), .integer(revision.id)])
    }

    // MARK: - Steps

    /// The blob of a request, if it is there and may be written.
    mutating func existing(_ request: WriteRequest) throws -> (row: BlobRow, revision: Revision) {
        let number = try number(of: request.container)
        guard let row = try blob(request.blob, in: number), let revision = try revision(request.blob, in: number)
        else { throw request.error(.blobNotFound) }
        if let refusal = request.refusal(row, revision) { throw request.error(refusal) }
        return (row, revision)
    }

    /// A snapshot, if it is there and meets the request's condition; leases are not of snapshots.
    mutating func existing(_ snapshot: SnapshotID, _ request: WriteRequest) throws -> Revision {
        let number = try number(of: request.container)
        guard let revision = try revision(request.blob, snapshot: snapshot, in: number) else {
            throw request.error(.blobNotFound)
        }
        if let refusal = request.condition.refusal(of: .write, state: revision.state) { throw request.error(refusal) }
        return revision
    }

    /// The state of a blob whose headers and metadata may be changed.
    private mutating func changeable(_ request: WriteRequest) throws -> Revision {
        let (_, revision) = try existing(request)
        guard revision.properties.attributes.tier != .archive else { throw request.error(.archived) }
        return revision
    }

    /// Gives a revision a new tag and time, as everything does that changes its bytes, headers or metadata.
    mutating func touch(_ revision: Revision, _ request: WriteRequest) throws -> WrittenBlob {
        let written = WrittenBlob(
            tag: try newTag(salt: request.salt), lastModified: Date(seconds: request.now.seconds))
        // The number in the tag is used up, as if there were a new revision.
        try run("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'revision'")
        try run(
            "UPDATE revision SET tag = ?, modified = ? WHERE id = ?",
            [.text(written.tag.text), .integer(request.now.seconds), .integer(revision.id)])
        return written
    }
}
