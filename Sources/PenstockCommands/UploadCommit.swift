import BlobStorage
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
        let commit = Task {
            try await uploader.commit(staged, attributes: attributes, if: overwrites ? .always : .absent)
        }
        let result = await withTaskCancellationHandler {
            await commit.result
        } onCancel: {
            Task {
                try? await Task.sleep(for: Withdrawal.hasty)
                commit.cancel()
            }
        }
        // What was replaced cannot be brought back: then the upload is done.
        guard Task.isCancelled, !(overwrites && result.isSuccess) else { return try result.get() }
        await takeBack(staged, result, overwrites: overwrites, in: store)
        throw CancellationError()
    }

    private func takeBack(
        _ staged: StagedBlob, _ result: Result<WrittenBlob, any Error>, overwrites: Bool, in store: any BlobStore
    ) async {
        let place = "\(store.container)/\(staged.name)"
        if case .failure(let error) = result, !(error is CancellationError) { return }
        guard !overwrites else {
            return reporter.warn("\(place) was being replaced: it holds all of the old or all of the new")
        }
        let left = await Withdrawal(from: store, of: staged.token, within: Withdrawal.hasty).run([staged.name])
        guard !left.isEmpty || !result.isSuccess else { return }
        reporter.warn("\(place) was being made: it may be there, and whole; `penstock blob stat` tells")
    }
}

extension Result {
    fileprivate var isSuccess: Bool {
        guard case .success = self else { return false }
        return true
    }
}
