import BlobStorage
import ByteStreams
import FoundationEssentials
import HTTPMessages

extension DirectoryStore: CopyingStore {
    func copy(
        from source: CopySource, to blob: BlobName, if condition: AccessCondition,
        describe: @escaping @Sendable (BlobProperties) throws -> CopyDescription
    ) async throws -> WrittenBlob {
        await account.awaitSpace()
        let outcome = try await change(request(blob, BlobAttributes(), condition)) {
            try $0.copy(from: source, $1, describe: describe)
        }
        account.discard(outcome.garbage)
        return outcome.written
    }

    func stage(
        from source: CopySource, range: ByteRange?, as id: BlockID, of blob: BlobName, showing lease: LeaseID?
    ) async throws -> Bool {
        await account.awaitSpace()
        let limits = account.limits
        let garbage = try await change(request(blob, BlobAttributes(), .always)) { connection, request -> [Int]? in
            let extent = try connection.extent(of: range, in: source, now: request.now)
            guard let extent else { return nil }
            if let refusal = limits.refusal(ofBlock: extent.size) { throw request.error(refusal) }
            return try connection.stage(
                extent, as: id, of: blob, in: request.container, limit: limits.uncommittedBlocks, now: request.now,
                lease: .shown(lease, at: request.now))
        }
        account.discard(garbage ?? [])
        return garbage != nil
    }

    func putCopy(
        _ source: inout some ByteSource & ~Copyable, length: Int, to blob: BlobName, attributes: BlobAttributes,
        state: CopyState, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        var request = request(blob, attributes, condition)
        request.service.copy = state
        request.copyID = state.id
        try await prepare(request)
        do {
            let piece = length == 0 ? nil : try await newPiece(&source, length)
            return try await put(piece, request)
        } catch {
            throw account.explanation(of: error, subject(blob))
        }
    }

    func setCopyState(_ state: CopyState, of blob: BlobName, if condition: AccessCondition) async throws {
        var request = request(blob, BlobAttributes(), AccessCondition(lease: condition.lease))
        request.copyID = state.id
        try await account.explained(subject(blob)) { [request] in
            try await account.writer.write { try $0.setCopyState(state, request) }
        }
        account.files.probe(.recorded)
    }
}
