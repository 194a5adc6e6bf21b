public import BackupModel
import BlobStorage

extension RecoveryPointCatalog {
    /// Removes what an unfinished dump left behind, unless it has a marker by now.
    ///
    /// Only blobs that a dump wrote are removed, each only in the state in which it is seen here. Repeatable.
    public func remove(_ orphan: SetListing.Orphan) async throws {
        let marker = try layout.blob(of: .marker, of: orphan.name)
        for blob in orphan.blobs {
            guard try await state(of: marker) == nil else { return }
            guard let found = try await state(of: blob), PartMark.isOn(found) else { continue }
            try await store.delete(blob, if: .matching(found.tag))
        }
    }

    private func state(of blob: BlobName) async throws -> BlobProperties? {
        do {
            return try await store.properties(of: blob, if: .always)
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return nil
        }
    }
}
