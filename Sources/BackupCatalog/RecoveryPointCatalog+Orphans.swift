public import BackupModel
import BlobStorage

extension RecoveryPointCatalog {
    /// Removes what an unfinished dump left behind, unless it has a marker by now, and answers how many blobs that were.
    ///
    /// Each blob is removed only in the state in which it was listed: what another dump of that name has written since
    /// then stays. Repeatable.
    public func remove(_ orphan: SetListing.Orphan) async throws -> Int {
        let marker = try layout.blob(of: .marker, of: orphan.name)
        var removed = 0
        for blob in orphan.blobs {
            guard try await state(of: marker) == nil else { break }
            do {
                try await store.delete(blob.name, if: .matching(blob.tag))
                removed += 1
            } catch let error as BlobStoreError where [.blobNotFound, .conditionNotMet].contains(error.kind) {
                continue  // gone, or another dump's
            }
        }
        return removed
    }

    private func state(of blob: BlobName) async throws -> BlobProperties? {
        do {
            return try await store.properties(of: blob, if: .always)
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return nil
        }
    }
}
