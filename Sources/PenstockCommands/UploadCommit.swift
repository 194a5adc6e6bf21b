import BlobStorage
import ByteStreams
import CommandLineKit

extension Session {
    /// Makes the blob of an upload, unless the run is interrupted: then what was made is taken back.
    ///
    /// An interrupt does not break off the request at once: a service that has read it carries it out all the same, and
    /// only its answer tells. What has no answer after a short time is named, since it may still come to be.
    func commit(_ staged: StagedBlob, by uploader: Uploader, to store: any BlobStore) async throws -> WrittenBlob {
        let overwrites = arguments[UploadCommand.overwrite]
        let attributes = BlobAttributes(contentType: arguments[UploadCommand.contentType])
        try Task.checkCancellation()
        let result = await withGrace(Withdrawal.hasty, on: ContinuousClock()) { () -> Result<WrittenBlob, any Error> in
            do {
                return .success(
                    try await uploader.commit(staged, attributes: attributes, if: overwrites ? .always : .absent))
            } catch {
                return .failure(error)
            }
        }
        // What was replaced cannot be brought back: then the upload is done.
        guard Task.isCancelled, !(overwrites && result.isSuccess) else { return try result.get() }
        if result.isSuccess || result.isUnknown { await takeBack(staged, result, overwrites: overwrites, in: store) }
        throw CancellationError()
    }

    private func takeBack(
        _ staged: StagedBlob, _ result: Result<WrittenBlob, any Error>, overwrites: Bool, in store: any BlobStore
    ) async {
        let place = "\(store.container)/\(staged.name)"
        guard !overwrites else {
            return reporter.warn("\(place) was being replaced: it holds all of the old or all of the new")
        }
        let outcome = await Withdrawal(
            from: store, of: staged.token, within: Withdrawal.hasty, on: ContinuousClock()
        ).run([staged.name])
        // One that was not there yet may still come to be.
        guard !outcome.left.isEmpty || (result.isUnknown && outcome.removed.isEmpty) else { return }
        reporter.warn("\(place) was being made: it may be there, and whole; `penstock blob stat` tells")
    }
}

extension Result where Failure == any Error {
    fileprivate var isSuccess: Bool {
        guard case .success = self else { return false }
        return true
    }

    /// True where a write was broken off, or its answer was lost.
    fileprivate var isUnknown: Bool {
        guard case .failure(let error) = self else { return false }
        return error is CancellationError || (error as? BlobStoreError)?.kind == .outcomeUnknown
    }
}
