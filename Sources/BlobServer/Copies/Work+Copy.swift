import BlobStorage
import ByteStreams
import CryptoDigests
import HTTPListener
import HTTPMessages

// Copy Blob, which may go on behind its answer, Copy Blob From URL, which does not, and Abort Copy.

extension Work {
    /// The largest source of a copy that the client waits for, in bytes.
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/copy-blob-from-url>
    private static var largestAwaited: Int { 256 << 20 }

    func copyBlob() async throws -> Reply {
        let copy = try copyRequest()
        guard !copy.copiesTags else { throw ServiceFailure.unsupportedHeader("x-ms-copy-source-tag-option", "COPY") }
        guard copy.authorization == nil else {
            // The value is a credential, which is not repeated.
            throw ServiceFailure.unsupportedHeader("x-ms-copy-source-authorization", "(secret)")
        }
        if try fields.flag("x-ms-seal-blob") { throw ServiceFailure.unsupportedHeader("x-ms-seal-blob", "true") }
        let blob = try request.blobName()
        let store = try store(having: (any CopyingStore).self)
        let outline = try outline(of: copy)
        let condition = try await writeCondition(of: blob)
        switch try await place(of: copy) {
        case .here(let source):
            let written = try await store.copy(from: source, to: blob, if: condition) { try outline.describe($0) }
            return Self.reply(202, written, outline.id, .success)
        case let place:
            let source = try await probe(place, copy)
            guard source.properties.service.kind == .block else { throw ServiceFailure.copySource(.wrongBlobKind) }
            return try await begin(outline, of: source, to: blob, in: store, if: condition)
        }
    }

    /// Makes the empty blob that stands for a copy, and lets the copy go on by itself.
    private func begin(
        _ outline: CopyOutline, of source: OpenedSource, to blob: BlobName, in store: any CopyingStore,
        if condition: AccessCondition
    ) async throws -> Reply {
        let attributes = try outline.describe(source.properties).attributes
        let pending = CopyState(
            id: outline.id, source: outline.source, status: .pending, done: 0, total: source.size)
        var nothing = MemorySource([])
        let written = try await store.putCopy(
            &nothing, length: 0, to: blob, attributes: attributes, state: pending, if: condition)
        let job = CopyJob(
            source: source, copies: server.copies, store: store, blob: blob, attributes: attributes, state: pending,
            tag: written.tag,
            log: server.log, clock: server.clock)
        guard server.copies.start(BlobCopies.Job(id: outline.id, body: { await job.run() })) else {
            var failed = pending
            failed.status = .failed
            failed.completed = now
            failed.detail = "503 ServerBusy \"The server makes too many copies.\""
            try await store.setCopyState(failed, of: blob, if: .always)
            throw ServiceFailure(.busy)
        }
        return Self.reply(202, written, outline.id, .pending)
    }

    func copyBlobFromURL() async throws -> Reply {
        let (blob, copy) = (try request.blobName(), try copyRequest())
        let store = try store(having: (any CopyingStore).self)
        var outline = try outline(of: copy)
        outline.limit = Self.largestAwaited
        outline.kinds = [.block]
        let condition = try await writeCondition(of: blob)
        let place = try await place(of: copy)
        if case .here(let source) = place, copy.expected == .none {
            let written = try await store.copy(from: source, to: blob, if: condition) { [outline] in
                try outline.describe($0)
            }
            return Self.reply(202, written, outline.id, .success)
        }
        let buffer = server.copies.buffer()
        let source = try await open(place, copy, in: buffer)
        let description = try outline.describe(source.properties)
        guard let state = description.state else { throw ServiceFailure(.serverFailure) }
        var reader = CheckedBody(
            source.reader(of: 0..<source.size, in: buffer), length: source.size, expecting: copy.expected)
        if source.size == 0 { try reader.check() }
        let written = try await store.putCopy(
            &reader, length: source.size, to: blob, attributes: description.attributes, state: state, if: condition)
        var reply = Self.reply(202, written, outline.id, .success)
        reply.fields.append(reader.answerField)
        return reply
    }

    func abortCopyBlob() async throws -> Reply {
        guard fields["x-ms-copy-action"]?.lowercased() == "abort" else {
            throw fields["x-ms-copy-action"].map { ServiceFailure.header("x-ms-copy-action", $0) }
                ?? ServiceFailure.missingHeader("x-ms-copy-action")
        }
        guard let id = query.value("copyid"), !id.isEmpty else { throw ServiceFailure.missingParameter("copyid") }
        let blob = try request.blobName()
        let store = try store(having: (any CopyingStore).self)
        let condition = AccessCondition(lease: try fields.leaseID("x-ms-lease-id"))
        guard var state = try await store.properties(of: blob, if: .always).service.copy, state.status == .pending
        else {
            throw ServiceFailure(.noCopyPending)
        }
        guard state.id.lowercased() == id.lowercased() else { throw ServiceFailure(.copyIDMismatch) }
        state.status = .aborted
        state.completed = now
        try await store.setCopyState(state, of: blob, if: condition)
        server.copies.cancel(state.id)
        return Reply(status: 204)
    }

    private func outline(of copy: CopyRequest) throws(ServiceFailure) -> CopyOutline {
        guard copy.range == nil else { throw .header("x-ms-source-range", fields["x-ms-source-range"] ?? "") }
        return CopyOutline(
            id: server.newRequestID(), source: copy.shownURL, given: try BlobAttributes(fields, usesBodyFields: false),
            copiesTags: copy.copiesTags)
    }

    private static func reply(
        _ status: Int, _ written: WrittenBlob, _ id: String, _ state: CopyState.Status
    ) -> Reply {
        var answer = stateFields(written.tag, written.lastModified)
        answer.append("x-ms-copy-id", id)
        answer.append("x-ms-copy-status", state.rawValue)
        return Reply(status: status, fields: answer)
    }
}

/// What a copy is to be, before its source is seen.
struct CopyOutline: Sendable {
    let id: String
    let source: String
    /// What the request says: of its metadata any replaces all of the source's.
    let given: BlobAttributes
    let copiesTags: Bool
    var limit = Int.max
    var kinds: Set<BlobKind> = [.block, .append]

    func describe(_ found: BlobProperties) throws -> CopyDescription {
        guard kinds.contains(found.service.kind) else { throw ServiceFailure.copySource(.wrongBlobKind) }
        guard found.size <= limit else { throw ServiceFailure.tooLarge(limit: limit) }
        var attributes = found.attributes
        if !given.metadata.isEmpty { attributes.metadata = given.metadata }
        if !copiesTags { attributes.tags = given.tags }
        attributes.tier = given.tier
        return CopyDescription(
            attributes: attributes, kind: found.service.kind, keepsBlocks: true,
            state: CopyState(
                id: id, source: source, status: .success, done: found.size, total: found.size))
    }
}
