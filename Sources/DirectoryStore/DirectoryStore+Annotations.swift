import BlobStorage
import FoundationEssentials

extension DirectoryStore: AnnotatingStore {
    func setHeaders(
        _ attributes: BlobAttributes, of blob: BlobName, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await change(request(blob, attributes, condition)) { try $0.setHeaders($1) }
    }

    func setMetadata(
        _ metadata: [String: String], of blob: BlobName, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await change(request(blob, BlobAttributes(metadata: metadata), condition)) { try $0.setMetadata($1) }
    }

    func setTags(_ tags: BlobTags, of blob: BlobName, if condition: AccessCondition) async throws {
        try await change(request(blob, BlobAttributes(tags: tags), condition)) { try $0.setTags($1) }
    }

    func setTier(
        _ tier: AccessTier, of blob: BlobName, snapshot: SnapshotID?, if condition: AccessCondition
    ) async throws {
        try await change(request(blob, BlobAttributes(), condition)) {
            try $0.setTier(tier, snapshot: snapshot, $1)
        }
    }
}
