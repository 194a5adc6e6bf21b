import ByteStreams

/// Takes back what an upload made visible, within a time for all of it.
public struct Withdrawal: Sendable {
    /// What became of the blobs; those in neither list were not there, or are another's.
    public struct Outcome: Sendable, Equatable {
        public internal(set) var removed: [BlobName] = []
        /// Those that may still be there.
        public internal(set) var left: [BlobName] = []
    }

    private let store: any BlobStore
    private let token: UploadToken
    private let time: Duration
    private let clock: any Clock<Duration>

    /// How long whoever interrupted a run should have to wait for what it takes back.
    public static let hasty = Duration.milliseconds(800)

    /// - Parameters:
    ///   - token: That of the upload; nothing of anybody else is removed.
    ///   - time: For all blobs together; after that, what is left is left.
    public init(
        from store: any BlobStore, of token: UploadToken, within time: Duration, on clock: any Clock<Duration>
    ) {
        self.store = store
        self.token = token
        self.time = time
        self.clock = clock
    }

    /// Removes those of `blobs` that the upload wrote, whether or not it was told so.
    ///
    /// A task that was cancelled cleans up, too, but hastily: from its cancellation on, the time is ``hasty`` at most.
    public func run(_ blobs: [BlobName]) async -> Outcome {
        await withGrace(Self.hasty, on: clock) {
            await withCancellation(once: { try? await clock.sleep(for: time) }) { await removeAll(blobs) }
        }
    }

    /// Blobs that are removed at once: there may be thousands.
    private static let atOnce = 8

    private enum End: Sendable { case removed, left, notOurs }

    /// Says how far it came when it is cancelled.
    private func removeAll(_ blobs: [BlobName]) async -> Outcome {
        let ends = await withTaskGroup(of: (index: Int, end: End).self) { group in
            var ends: [Int: End] = [:]
            for (index, blob) in blobs.enumerated() {
                if index >= Self.atOnce, let end = await group.next() { ends[end.index] = end.end }
                group.addTask { (index, await end(of: blob)) }
            }
            for await end in group { ends[end.index] = end.end }
            return ends
        }
        var outcome = Outcome()
        for (index, blob) in blobs.enumerated() {
            switch ends[index] {
            case .removed: outcome.removed.append(blob)
            case .left: outcome.left.append(blob)
            case .notOurs, nil: continue
            }
        }
        return outcome
    }

    private func end(of blob: BlobName) async -> End {
        do {
            try Task.checkCancellation()
            return try await remove(blob) ? .removed : .notOurs
        } catch {
            return .left
        }
    }

    /// False if it is not there, or another's.
    private func remove(_ blob: BlobName) async throws -> Bool {
        do {
            let found = try await store.properties(of: blob, if: .always)
            guard found.attributes.metadata(named: UploadToken.metadataName) == token.text else { return false }
            try await store.delete(blob, if: .matching(found.tag))
            return true
        } catch let error as BlobStoreError where [.blobNotFound, .conditionNotMet].contains(error.kind) {
            return false
        }
    }
}
