import BlobStorage
import FoundationEssentials
import LocalIndex

extension IndexConnection {
    /// Keeps the state of a blob: a revision of its own, whose blocks lie in the same pieces.
    ///
    /// - Parameter metadata: The snapshot's own, with which it is another state than the blob's; `nil` takes the blob's.
    mutating func snapshot(
        _ request: WriteRequest, metadata: [String: String]?
    ) throws -> (SnapshotID, WrittenBlob) {
        let number = try number(of: request.container)
        guard let row = try blob(request.blob, in: number), let revision = try revision(request.blob, in: number)
        else { throw request.error(.blobNotFound) }
        if let refusal = Self.refusal(ofSnapshot: request, row, revision) { throw request.error(refusal) }
        let last = try first(
            "SELECT max(snapshot) FROM revision WHERE blob = ? AND snapshot IS NOT NULL", [.integer(row.id)]
        ) { $0.text(0).flatMap { SnapshotID($0) } }.flatMap(\.self)
        let id = SnapshotID(at: request.now, after: last)
        var kept = revision.properties
        kept.service.snapshot = id
        if let metadata {
            kept.attributes.metadata = metadata
            kept.tag = try newTag(salt: request.salt)
            kept.lastModified = Date(seconds: request.now.seconds)
        }
        try insertRevision(of: row.id, kept)
        try run(
            """
            INSERT INTO block (revision, position, id, piece, start, size) \
            SELECT ?, position, id, piece, start, size FROM block WHERE revision = ?
            """,
            [.integer(lastInsertedID), .integer(revision.id)])
        return (id, WrittenBlob(tag: kept.tag, lastModified: kept.lastModified))
    }

    private static func refusal(
        ofSnapshot request: WriteRequest, _ row: BlobRow, _ revision: Revision
    ) -> BlobStoreError.Kind? {
        if let refusal = request.condition.refusal(of: .write, state: revision.state) { return refusal }
        if revision.properties.service.copy?.status == .pending { return .copyPending }
        if revision.properties.attributes.tier == .archive { return .archived }
        return Lease.refusal(of: .read, id: request.condition.lease, lease: row.lease, at: request.now)
    }

    /// Deletes a blob, its snapshots or one of them; answers the pieces that are needed no more.
    mutating func delete(_ what: BlobDeletion, _ request: WriteRequest) throws -> [Int] {
        switch what {
        case .blobOnly:
            let (row, _) = try existing(request)
            guard try snapshots(of: row.id).isEmpty else { throw request.error(.snapshotsPresent) }
            return try remove(blob: row.id)
        case .withSnapshots: return try remove(blob: existing(request).row.id)
        case .snapshotsOnly:
            let number = try number(of: request.container)
            guard let row = try blob(request.blob, in: number), let revision = try revision(request.blob, in: number)
            else { throw request.error(.blobNotFound) }
            let lease = Lease.refusal(of: .read, id: request.condition.lease, lease: row.lease, at: request.now)
            if let refusal = request.condition.refusal(of: .write, state: revision.state) ?? lease {
                throw request.error(refusal)
            }
            var pieces: [Int] = []
            for snapshot in try snapshots(of: row.id) { pieces += try drop(revision: snapshot) }
            return try release(pieces)
        case .snapshot(let id): return try release(drop(revision: existing(id, request).id))
        }
    }

    private mutating func snapshots(of blob: Int) throws -> [Int] {
        try all("SELECT id FROM revision WHERE blob = ? AND snapshot IS NOT NULL", [.integer(blob)]) { $0.integer(0) }
    }

    /// The blocks of a snapshot; nothing is ever staged for one.
    mutating func blockList(
        of name: BlobName, snapshot: SnapshotID, in container: ContainerName
    ) throws -> BlockList {
        guard let found = try revision(name, snapshot: snapshot, in: number(of: container)) else {
            throw BlobStoreError(.blobNotFound, subject: "\(container)/\(name)")
        }
        return BlockList(committed: try blocks(of: found.id), uncommitted: [], properties: found.properties)
    }
}
