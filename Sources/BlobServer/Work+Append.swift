import BlobStorage
import HTTPListener
import HTTPMessages

extension Work {
    func putAppendBlob() async throws -> Reply {
        let store = try store(having: (any AppendingStore).self)
        let blob = try request.blobName()
        let length = try bodyLength(limit: BlobLimits.put)
        guard length == 0 else { throw ServiceFailure.header("Content-Length", String(length)) }
        if let tier = fields["x-ms-access-tier"] { throw ServiceFailure.unsupportedHeader("x-ms-access-tier", tier) }
        let written = try await store.createAppendBlob(
            blob, attributes: BlobAttributes(fields, usesBodyFields: true), if: writeCondition(of: blob))
        var answer = Self.stateFields(written.tag, written.lastModified)
        answer.append("x-ms-request-server-encrypted", "true")
        return Reply(status: 201, fields: answer)
    }

    func appendBlock(_ body: inout RequestBody) async throws -> Reply {
        let store = try store(having: (any AppendingStore).self)
        let blob = try request.blobName()
        let length = try bodyLength(limit: BlobLimits.appendedBlock)
        guard length > 0 else { throw ServiceFailure.header("Content-Length", "0") }
        let (position, condition) = (try appendCondition(), try AccessCondition(fields))
        var source = CheckedBody(body.take(), length: length, expecting: try ExpectedDigest(fields))
        let block = try await store.append(&source, length: length, to: blob, at: position, if: condition)
        var answer = Self.stateFields(block.written.tag, block.written.lastModified)
        answer.append(source.answerField)
        answer.append("x-ms-blob-append-offset", String(block.offset))
        answer.append("x-ms-blob-committed-block-count", String(block.blocks))
        answer.append("x-ms-request-server-encrypted", "true")
        return Reply(status: 201, fields: answer)
    }

    func sealAppendBlob() async throws -> Reply {
        let written = try await store(having: (any AppendingStore).self).seal(
            request.blobName(), at: appendCondition(), if: AccessCondition(fields))
        var answer = Self.stateFields(written.tag, written.lastModified)
        answer.append("x-ms-blob-sealed", "true")
        return Reply(status: 200, fields: answer)
    }

    /// Where the blob must end, and how long it may become.
    private func appendCondition() throws(ServiceFailure) -> AppendCondition {
        AppendCondition(
            position: try bytes("x-ms-blob-condition-appendpos"), largest: try bytes("x-ms-blob-condition-maxsize"))
    }

    private func bytes(_ name: String) throws(ServiceFailure) -> Int? {
        guard let text = fields[name] else { return nil }
        guard let number = Int(text), number >= 0 else { throw .header(name, text) }
        return number
    }
}
