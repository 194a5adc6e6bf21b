import BlobStorage
import ByteStreams
import FoundationEssentials

extension DirectoryStore: AppendingStore {
    func createAppendBlob(
        _ blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        await account.awaitSpace()
        var request = request(blob, attributes, condition)
        request.service.kind = .append
        let outcome = try await change(request) { try $0.put(nil, $1) }
        account.discard(outcome.garbage)
        return outcome.written
    }

    func append(
        _ source: inout some ByteSource & ~Copyable, length: Int, to blob: BlobName, at position: AppendCondition,
        if condition: AccessCondition
    ) async throws -> AppendedBlock {
        var request = request(blob, BlobAttributes(), condition)
        try await prepareAppend(length, request, position)
        let limit = account.limits.blocks
        do {
            let piece = try await newPiece(&source, length)
            request.now = account.clock()
            return try await record(piece) { [request] in
                try $0.append(piece, request, at: position, limit: limit)
            }
        } catch {
            throw account.explanation(of: error, subject(blob))
        }
    }

    func seal(
        _ blob: BlobName, at position: AppendCondition, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await change(request(blob, BlobAttributes(), condition)) { try $0.seal($1, at: position) }
    }

    /// Refuses early what the index would refuse late; small bodies are cheaper than the question.
    private func prepareAppend(_ size: Int, _ request: WriteRequest, _ position: AppendCondition) async throws {
        guard size > 0 else { throw request.error(.badRequest) }
        guard size <= BlobLimits.appendedBlock else { throw request.error(.tooLarge) }
        try Task.checkCancellation()
        await account.awaitSpace()
        guard size > DirectoryAccount.inlineLimit else { return }
        let limit = account.limits.blocks
        try await account.read(subject(request.blob)) { connection in
            _ = try connection.checkAppend(size, request, at: position, limit: limit)
        }
    }
}
