import BlobStorage
import ByteStreams
import HTTPListener
import HTTPMessages
import MarkupXML

extension Work {
    /// The largest document of tags, in bytes: ten take less than 8 KiB.
    private static var largestTags: Int { 64 << 10 }

    func setBlobProperties() async throws -> Reply {
        let written = try await store(having: (any AnnotatingStore).self).setHeaders(
            BlobAttributes(fields, usesBodyFields: false), of: request.blobName(), if: AccessCondition(fields))
        return Reply(status: 200, fields: Self.stateFields(written.tag, written.lastModified))
    }

    func setBlobMetadata() async throws -> Reply {
        let written = try await store(having: (any AnnotatingStore).self).setMetadata(
            fields.metadata(), of: request.blobName(), if: AccessCondition(fields))
        var answer = Self.stateFields(written.tag, written.lastModified)
        answer.append("x-ms-request-server-encrypted", "true")
        return Reply(status: 200, fields: answer)
    }

    func getBlobTags() async throws -> Reply {
        _ = try store(having: (any AnnotatingStore).self)
        let found = try await readableStore().properties(of: request.blobName(), if: AccessCondition(fields))
        var writer = XMLWriter()
        writer.write(found.attributes.tags)
        return Self.document(writer)
    }

    func setBlobTags(_ body: inout RequestBody) async throws -> Reply {
        let store = try store(having: (any AnnotatingStore).self)
        let (blob, condition) = (try request.blobName(), try AccessCondition(fields))
        let length = try bodyLength(limit: Self.largestTags)
        var source = CheckedBody(body.take(), length: length, expecting: try ExpectedDigest(fields))
        let document = try await source.collect(length)
        try source.check()
        try await store.setTags(TagText.tags(document: document), of: blob, if: condition)
        return Reply(status: 204)
    }

    /// A blob comes back from the archive at once, so there is nothing to wait for: always 200, never 202.
    func setBlobTier() async throws -> Reply {
        let store = try store(having: (any AnnotatingStore).self)
        guard let tier = try fields.tier() else { throw ServiceFailure.missingHeader("x-ms-access-tier") }
        if let priority = fields["x-ms-rehydrate-priority"], !["standard", "high"].contains(priority.lowercased()) {
            throw ServiceFailure.header("x-ms-rehydrate-priority", priority)
        }
        try await store.setTier(
            tier, of: request.blobName(), snapshot: snapshotID(), if: AccessCondition(fields))
        return Reply(status: 200)
    }
}

extension HTTPFields {
    /// The tier that a writer chooses, if any.
    func tier() throws(ServiceFailure) -> AccessTier? {
        guard let text = self["x-ms-access-tier"] else { return nil }
        guard let tier = AccessTier(text) else {
            var failure = ServiceFailure(coded: "InvalidBlobTier")
            failure.details = [
                ServiceFailure.Detail("HeaderName", "x-ms-access-tier"), ServiceFailure.Detail("HeaderValue", text),
            ]
            throw failure
        }
        return tier
    }

    /// The tags that a writer gives a blob; none clears them.
    func tags() throws(ServiceFailure) -> BlobTags {
        try self["x-ms-tags"].map { text throws(ServiceFailure) in try TagText.tags(field: text) } ?? .none
    }
}
