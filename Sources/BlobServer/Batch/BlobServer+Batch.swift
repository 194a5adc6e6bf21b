import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages

/// Blob Batch: many requests in one, each with a credential, a status and an id of its own.
///
/// All parts are read before the first is done, so that what makes no sense changes nothing; then they are done in their
/// order, and one that fails does not keep the others from being done.
extension BlobServer {
    private struct Part {
        let request: ServiceRequest
        let operation: ServiceOperation
        let contentID: String?
    }

    func batch(
        _ request: ServiceRequest, of published: PublishedAccount, body: inout RequestBody, entry: AccessLogEntry
    ) async throws -> Reply {
        guard case .known(let length) = request.head.length else { throw ServiceFailure.missingLength }
        guard length <= BatchDocument.largest else { throw ServiceFailure.tooLarge(limit: BatchDocument.largest) }
        // Held until all parts are done: they are made of the body's bytes.
        let grant = buffers.take(length, least: BatchDocument.tiny)
        guard length <= grant.bytes else { throw ServiceFailure(.busy) }
        defer { withExtendedLifetime(grant) {} }
        let parts = try Self.parts(try await Self.document(of: request, length, &body), of: request)
        var answer = BatchAnswer(id: newRequestID())
        for part in parts {
            try Task.checkCancellation()
            answer.append(try await reply(to: part, of: published, batch: entry), contentID: part.contentID)
        }
        return answer.reply
    }

    private static func document(
        of request: ServiceRequest, _ length: Int, _ body: inout RequestBody
    ) async throws -> [BatchDocument.Part] {
        var source = CheckedBody(body.take(), length: length, expecting: try ExpectedDigest(request.fields))
        let bytes = try await source.collect(length)
        try source.check()
        return try BatchDocument.parts(of: bytes, contentType: request.fields["Content-Type"])
    }

    /// The parts as requests: all Delete Blob or all Set Blob Tier, in the container of the batch if it has one.
    private static func parts(
        _ document: [BatchDocument.Part], of batch: ServiceRequest
    ) throws(ServiceFailure) -> [Part] {
        var parts: [Part] = []
        for part in document {
            let request = try ServiceRequest(part: part, of: batch)
            let operation = try? ServiceOperation(request)
            guard let operation, [.deleteBlob, .setBlobTier].contains(operation) else {
                throw BatchDocument.malformed("A part is neither Delete Blob nor Set Blob Tier.")
            }
            guard operation == parts.first?.operation ?? operation else {
                throw BatchDocument.malformed("The parts are of different kinds.")
            }
            if case .container(let own) = batch.resource, case .blob(let other, _) = request.resource, own != other {
                throw BatchDocument.malformed("A part is about another container than the batch.")
            }
            parts.append(Part(request: request, operation: operation, contentID: part.contentID))
        }
        return parts
    }

    private func reply(
        to part: Part, of published: PublishedAccount, batch: AccessLogEntry
    ) async throws -> Reply {
        let (id, now) = (newRequestID(), clock())
        var reply: Reply
        do {
            let admission = try await Authorizer(published: published, now: now).authorize(
                part.request, for: part.operation)
            let work = Work(
                request: part.request, operation: part.operation, account: published.account,
                permission: admission.permission, now: now, settings: admission.settings, holder: admission.holder,
                policy: published.policy, server: self)
            reply = try await work.performPart()
        } catch let error as CancellationError {
            throw error
        } catch {
            let failure = ServiceFailure(error)
            if !(error is ServiceFailure), failure.status >= 500 {
                let text = Explanation(error).text
                log.warning("request failed", ["id": id, "operation": part.operation.rawValue, "text": text])
            }
            reply = failure.reply(to: part.request.head, id: id, now: now)
        }
        log.info(
            "batch part",
            [
                "id": id, "batch": batch.id, "operation": part.operation.rawValue, "status": String(reply.status),
                "code": reply.fields["x-ms-error-code"] ?? "",
                "target": AccessLogEntry.redacted(part.request.head.target),
            ])
        reply.fields.append("Server", "Penstock-Blob/1.0")
        reply.fields.append("x-ms-request-id", id)
        reply.fields.append("x-ms-version", batch.version)
        return reply
    }
}
