/// Takes back what an upload made visible, within a time for all of it.
public struct Withdrawal: Sendable {
    private let store: any BlobStore
    private let token: UploadToken
    private let time: Duration

    /// How long whoever interrupted a run should have to wait for what it takes back.
    public static let hasty = Duration.milliseconds(800)

    /// - Parameters:
    ///   - token: That of the upload; nothing of anybody else is removed.
    ///   - time: For all blobs together; after that, what is left is left.
    public init(from store: any BlobStore, of token: UploadToken, within time: Duration) {
        self.store = store
        self.token = token
        self.time = time
    }

    /// Removes those of `blobs` that the upload wrote, whether or not it was told so, and answers which may still be
    /// there.
    ///
    /// In a task of its own, since one that was cancelled cleans up, too.
    public func run(_ blobs: [BlobName]) async -> [BlobName] {
        await Task { await removeInTime(blobs) }.value
    }

    private func removeInTime(_ blobs: [BlobName]) async -> [BlobName] {
        await withTaskGroup(of: [BlobName]?.self) { group in
            group.addTask { await removeAll(blobs) }
            group.addTask {
                try? await Task.sleep(for: time)
                return nil
            }
            // Whoever is first ends the other; a removal that is cancelled still says how far it came.
            var left = await group.next() ?? nil
            group.cancelAll()
            if left == nil { left = await group.next() ?? nil }
            return left ?? blobs
        }
    }

    private func removeAll(_ blobs: [BlobName]) async -> [BlobName] {
        var left: [BlobName] = []
        for blob in blobs {
            do {
                try Task.checkCancellation()
                try await remove(blob)
            } catch {
                left.append(blob)
            }
        }
        return left
    }

    private func remove(_ blob: BlobName) async throws {
        do {
            let found = try await store.properties(of: blob, if: .always)
            guard found.attributes.metadata(named: UploadToken.metadataName) == token.text else { return }
            try await store.delete(blob, if: .matching(found.tag))
        } catch let error as BlobStoreError where [.blobNotFound, .conditionNotMet].contains(error.kind) {
            return  // not there, or another's
        }
    }
}
