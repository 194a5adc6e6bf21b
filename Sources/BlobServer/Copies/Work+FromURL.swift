import BlobStorage
import CryptoDigests
import HTTPListener
import HTTPMessages

// Put Blob From URL and Put Block From URL: the client is answered when the bytes are in place.

extension Work {
    func putBlobFromURL() async throws -> Reply {
        guard let type = fields["x-ms-blob-type"], type == "BlockBlob" else {
            throw ServiceFailure.header("x-ms-blob-type", fields["x-ms-blob-type"] ?? "")
        }
        let (blob, copy) = (try request.blobName(), try copyRequest())
        guard copy.range == nil else {
            throw ServiceFailure.header("x-ms-source-range", fields["x-ms-source-range"] ?? "")
        }
        let given = try BlobAttributes(fields, usesBodyFields: false)
        let takesHeaders =
            try fields["x-ms-copy-source-blob-properties"] == nil
            || fields.flag("x-ms-copy-source-blob-properties")
        let describe = { @Sendable (source: BlobProperties) throws -> CopyDescription in
            guard source.size <= BlobLimits.put else { throw ServiceFailure.tooLarge(limit: BlobLimits.put) }
            var attributes = given
            if takesHeaders { attributes.fillHeaders(from: source.attributes) }
            if copy.copiesTags { attributes.tags = source.attributes.tags }
            if case .md5(let digest) = copy.expected { attributes.contentMD5 = digest }
            return CopyDescription(attributes: attributes, keepsBlocks: false, state: nil)
        }
        let condition = try await writeCondition(of: blob)
        let place = try await place(of: copy)
        var answer: HTTPFields
        if case .here(let source) = place, copy.expected == .none, let store = try store() as? any CopyingStore {
            let written = try await store.copy(from: source, to: blob, if: condition, describe: describe)
            answer = Self.stateFields(written.tag, written.lastModified)
        } else {
            let buffer = server.copies.buffer()
            let source = try await open(place, copy, in: buffer)
            let attributes = try describe(source.properties).attributes
            var reader = CheckedBody(
                source.reader(of: 0..<source.size, in: buffer), length: source.size, expecting: copy.expected)
            if source.size == 0 { try reader.check() }
            let written = try await store().put(
                &reader, length: source.size, to: blob, attributes: attributes, if: condition)
            answer = Self.stateFields(written.tag, written.lastModified)
            answer.append(reader.answerField)
        }
        answer.append("x-ms-request-server-encrypted", "true")
        return Reply(status: 201, fields: answer)
    }

    func putBlockFromURL() async throws -> Reply {
        let (blob, id, copy) = (try request.blobName(), try blockID(), try copyRequest())
        let lease = try fields.leaseID("x-ms-lease-id")
        try await refuseOverwrite(of: blob)
        let place = try await place(of: copy)
        var answer: HTTPFields = [:]
        if !(try await isShared(place, copy, as: id, of: blob, showing: lease)) {
            let buffer = server.copies.buffer()
            let source = try await open(place, copy, in: buffer)
            let part = try source.part(copy.range)
            guard part.count <= BlobLimits.block else { throw ServiceFailure.tooLarge(limit: BlobLimits.block) }
            guard !part.isEmpty else { throw ServiceFailure.copySource(.invalidRange) }
            var reader = CheckedBody(source.reader(of: part, in: buffer), length: part.count, expecting: copy.expected)
            let store = try store()
            if let leasing = store as? any LeasingStore {
                try await leasing.stage(&reader, length: part.count, as: id, of: blob, showing: lease)
            } else {
                try await store.stage(&reader, length: part.count, as: id, of: blob)
            }
            answer.append(reader.answerField)
        }
        answer.append("x-ms-request-server-encrypted", "true")
        return Reply(status: 201, fields: answer)
    }

    /// Stages a block without moving bytes, where that can be done: a digest has to see them.
    private func isShared(
        _ place: SourcePlace, _ copy: CopyRequest, as id: BlockID, of blob: BlobName, showing lease: LeaseID?
    ) async throws -> Bool {
        guard case .here(let source) = place, copy.expected == .none, let store = try store() as? any CopyingStore
        else {
            return false
        }
        return try await store.stage(from: source, range: copy.range, as: id, of: blob, showing: lease)
    }

    /// What the request says of its source; it must not have a body.
    func copyRequest() throws(ServiceFailure) -> CopyRequest {
        switch request.head.length {
        case .absent, .known(0): return try CopyRequest(fields)
        case .known(let length): throw .header("Content-Length", String(length))
        case .chunked: throw .missingLength
        }
    }
}

extension BlobAttributes {
    /// Takes the headers that are not given from another blob.
    mutating func fillHeaders(from other: BlobAttributes) {
        contentType = contentType ?? other.contentType
        contentEncoding = contentEncoding ?? other.contentEncoding
        contentLanguage = contentLanguage ?? other.contentLanguage
        contentDisposition = contentDisposition ?? other.contentDisposition
        cacheControl = cacheControl ?? other.cacheControl
        contentMD5 = contentMD5 ?? other.contentMD5
    }
}
