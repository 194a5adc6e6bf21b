import BlobStorage
import Diagnostics
import FoundationEssentials

/// A copy under way: reads the source into the blob that stands for it, and says there how it goes.
struct CopyJob: Sendable {
    let source: OpenedSource
    let copies: BlobCopies
    let store: any CopyingStore
    let blob: BlobName
    let attributes: BlobAttributes
    /// Pending.
    let state: CopyState
    /// Of the empty blob that waits for the bytes.
    let tag: ETag
    let log: Log
    let clock: @Sendable () -> Date

    func run() async {
        do {
            try Task.checkCancellation()
            var done = state
            done.status = .success
            done.done = source.size
            var reader = source.reader(of: 0..<source.size, in: copies.buffer()) { try await report($0) }
            _ = try await store.putCopy(
                &reader, length: source.size, to: blob, attributes: attributes, state: done, if: .matching(tag))
        } catch {
            await fail(error)
        }
    }

    /// Writes down how far it has got, about thirty times; each costs a write to the disk.
    private func report(_ done: Int) async throws {
        let step = max(1, source.size / 32 / CopyBuffer.most) * CopyBuffer.most
        guard done > 0, done % step == 0 else { return }
        var now = state
        now.done = done
        try await store.setCopyState(now, of: blob, if: .always)
    }

    private func fail(_ error: any Error) async {
        var failed = state
        failed.status = .failed
        failed.completed = clock()
        failed.detail = Self.detail(error)
        do {
            try await store.setCopyState(failed, of: blob, if: .always)
            log.warning(
                "copy failed", ["id": state.id, "detail": failed.detail ?? "", "error": "\(Explanation(error))"])
        } catch {
            // It was aborted, or its container is gone, or the store cannot write: opening it again ends the copy then.
            log.info("copy ended", ["id": state.id, "error": "\(Explanation(error))"])
        }
    }

    /// In the form of the service: a status, a code and a sentence.
    private static func detail(_ error: any Error) -> String {
        switch error {
        case is CancellationError: return CopyState.serverEnded
        case let error as ServiceFailure where error.code == "CannotVerifyCopySource":
            let status = error.fields.first { $0.name == "x-ms-copy-source-status-code" }?.value
            let code = error.fields.first { $0.name == "x-ms-copy-source-error-code" }?.value
            return "\(status ?? String(error.status)) \(code ?? error.code) \"Copy failed when reading the source.\""
        default:
            let failure = ServiceFailure(error)
            return "\(failure.status) \(failure.code) \"Copy failed when writing the destination.\""
        }
    }
}
