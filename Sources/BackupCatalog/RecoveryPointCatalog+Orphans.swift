public import BackupModel
public import BlobStorage

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

    /// Removes a blob if the upload with that token wrote it, whether or not its writer was told so.
    public func remove(_ blob: BlobName, writtenWith token: UploadToken) async throws {
        guard let found = try await state(of: blob),
            found.attributes.metadata(named: UploadToken.metadataName) == token.text
        else { return }
        try await store.delete(blob, if: .matching(found.tag))
    }

    private func state(of blob: BlobName) async throws -> BlobProperties? {
        do {
            return try await store.properties(of: blob, if: .always)
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return nil
        }
    }
}
