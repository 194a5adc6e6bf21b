import BlobStorage
import HTTPListener
import HTTPMessages

extension Work {
    /// What a request may name a snapshot for.
    private static var ofSnapshots: Set<ServiceOperation> {
        [.getBlob, .getBlobProperties, .getBlobMetadata, .getBlockList, .deleteBlob, .setBlobTier, .getBlobTags]
    }

    /// The snapshot that the request names, if any: never answered as if it were the blob.
    func snapshotID() throws(ServiceFailure) -> SnapshotID? {
        guard let text = query.value("snapshot") else { return nil }
        guard Self.ofSnapshots.contains(operation), try store() is any SnapshottingStore else {
            throw .unsupportedParameter("snapshot", text)
        }
        guard let id = SnapshotID(text) else { throw .parameter("snapshot", text) }
        return id
    }

    /// The request's store, at the moment of the snapshot that is named.
    func readableStore() throws(ServiceFailure) -> any BlobStore {
        let store = try store()
        guard let id = try snapshotID(), let snapshotting = store as? any SnapshottingStore else { return store }
        return SnapshotStore(snapshotting, at: id)
    }

    func snapshotBlob() async throws -> Reply {
        let metadata = try fields.metadata()
        let (id, written) = try await store(having: (any SnapshottingStore).self).snapshot(
            request.blobName(), metadata: metadata.isEmpty ? nil : metadata, if: AccessCondition(fields))
        var answer = Self.stateFields(written.tag, written.lastModified)
        answer.append("x-ms-snapshot", id.text)
        answer.append("x-ms-request-server-encrypted", "true")
        return Reply(status: 201, fields: answer)
    }

    func deleteBlob() async throws -> Reply {
        let (blob, condition) = (try request.blobName(), try AccessCondition(fields))
        let store = try store()
        let what = try deletion()
        if let store = store as? any SnapshottingStore {
            try await store.delete(blob, what, if: condition)
        } else {
            // Without snapshots, the blob with all of them is the blob.
            guard what != .snapshotsOnly else {
                throw ServiceFailure.unsupportedHeader("x-ms-delete-snapshots", "only")
            }
            try await store.delete(blob, if: condition)
        }
        return Reply(status: 202, fields: ["x-ms-delete-type-permanent": "true"])
    }

    private func deletion() throws(ServiceFailure) -> BlobDeletion {
        let snapshot = try snapshotID()
        guard let text = fields["x-ms-delete-snapshots"] else { return snapshot.map { .snapshot($0) } ?? .blobOnly }
        guard snapshot == nil else { throw .header("x-ms-delete-snapshots", text) }
        switch text.lowercased() {
        case "include": return .withSnapshots
        case "only": return .snapshotsOnly
        default: throw .header("x-ms-delete-snapshots", text)
        }
    }
}
