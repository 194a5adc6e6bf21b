import BlobStorage
import ByteStreams
import CommandLineKit
import Diagnostics
import SystemCalls

/// `penstock upload`: standard input into one blob.
enum UploadCommand {
    static let overwrite = Option(flag: "overwrite", help: "replace the blob if it exists, all at once at the end")
    static let allowEmpty = Option(flag: "allow-empty", help: "take an empty stream for an empty blob")
    static let sizeHint = Option(
        "size-hint", .byteCount(), help: "about how long the input is: for the time left, and refused if it cannot fit")
    static let sha256 = Option(
        flag: "sha256", help: "store a SHA-256 of the blob with it, which download then checks; takes more CPU")
    static let contentType = Option("content-type", .text("TYPE"), help: "the content type to store with the blob")

    static let command = Command<World>(
        "upload", summary: "Write standard input into a blob",
        discussion: """
            The blob appears when the input has ended and all of it is stored; until then nothing is visible, and an \
            existing blob stays as it is. Without --overwrite an existing blob is refused before anything is read.

            The end of the input cannot be told from the death of the program that writes it. Run producers with \
            `set -o pipefail`, or better, let `penstock dump` run them.
            """,
        examples: [
            Example("pg_dump -Fc shop | penstock upload az://backups/shop.dump", "store the dump of a database"),
            Example("penstock upload az://backups/notes.txt --overwrite < notes.txt", "replace a blob"),
        ],
        arguments: [CommonOptions.location],
        options: [overwrite, allowEmpty, sizeHint, sha256, contentType, CommonOptions.createContainer],
        seeAlso: ["download", "dump", "blob stat"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        if let hint = arguments[sizeHint] { try session.budget.schedule.requireRoom(for: hint.bytes) }
        let input = try Descriptor.standardInput()
        guard !input.isTerminal else {
            throw arguments.refusal("standard input is a terminal; pipe or redirect the bytes to upload into it")
        }
        input.enlargePipe(to: 1 << 20)
        let create = arguments[CommonOptions.createContainer]
        let source = DescriptorSource(input, on: ThreadPool(name: "input", width: 1))
        let box = Handover(source)
        try await session.withContainer(at: arguments[CommonOptions.location], creating: create) { place in
            let blob = try place.place.requireBlob()
            session.warnOfCredentialEnd(at: place.place, moving: arguments[sizeHint]?.bytes)
            try await session.upload(box.take(), to: blob, in: place.store)
        }
        return .done
    }
}

extension Session {
    fileprivate func upload(
        _ source: consuming DescriptorSource, to blob: BlobName, in store: any BlobStore
    ) async throws {
        let overwrites = arguments[UploadCommand.overwrite]
        if !overwrites { try await requireAbsent(blob, in: store) }
        let cap = ByteCount(budget.schedule.cap)
        reporter.say("uploading to \(store.container)/\(blob), which can take \(cap) with this much memory")
        let uploader = uploader(to: store, computesDigests: arguments[UploadCommand.sha256])
        var staged = StagedBlob(name: blob, token: newToken())
        let clock = ContinuousClock()
        let started = clock.now
        let box = Handover(source)
        staged = try await withProgress("upload \(blob)", total: arguments[UploadCommand.sizeHint]?.bytes) {
            var filling = staged
            try await uploader.stage(box.take(), into: &filling)
            return filling
        }
        guard staged.size > 0 || arguments[UploadCommand.allowEmpty] else { throw TransferError(kind: .emptyStream) }
        let written = try await commit(staged, by: uploader, to: store)
        try report(staged, written, in: clock.now - started, to: store)
    }

    private func requireAbsent(_ blob: BlobName, in store: any BlobStore) async throws {
        do {
            _ = try await store.properties(of: blob, if: .always)
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return
        }
        throw BlobStoreError(.blobAlreadyExists, subject: "\(store.container)/\(blob)")
    }

    private func report(
        _ staged: StagedBlob, _ written: WrittenBlob, in time: Duration, to store: any BlobStore
    ) throws {
        guard !reporter.isJSON else {
            return try world.console.json(
                TransferLine(
                    type: "upload", name: staged.name.text, size: staged.size, etag: written.tag.text,
                    sha256: staged.digest?.text, seconds: time.seconds))
        }
        let rate = ByteCount(Int(Double(staged.size) / max(time.seconds, 0.001)))
        reporter.say("uploaded \(ByteCount(staged.size)) to \(store.container)/\(staged.name) at \(rate)/s")
    }
}

/// A finished transfer in `--json`.
struct TransferLine: Encodable {
    let type: String
    let name: String
    let size: Int
    let etag: String
    /// As in the blob's metadata; only with --sha256.
    let sha256: String?
    let seconds: Double
}
