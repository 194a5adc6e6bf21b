import BlobStorage
import FoundationEssentials
import HTTPMessages

extension DirectoryStore: SnapshottingStore {
    func snapshot(
        _ blob: BlobName, metadata: [String: String]?, if condition: AccessCondition
    ) async throws -> (SnapshotID, WrittenBlob) {
        try await change(request(blob, BlobAttributes(), condition)) { try $0.snapshot($1, metadata: metadata) }
    }

    func properties(
        of blob: BlobName, snapshot: SnapshotID, if condition: AccessCondition
    ) async throws -> BlobProperties {
        try await account.read(subject(blob)) { [self] in
            try revision(&$0, blob, at: snapshot, condition).properties
        }
    }

    func read(
        _ blob: BlobName, snapshot: SnapshotID, range: ByteRange, if condition: AccessCondition,
        into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        try await read(blob, at: snapshot, range: range, if: condition, into: &buffer)
    }

    func blockList(of blob: BlobName, snapshot: SnapshotID) async throws -> BlockList {
        try await account.read(subject(blob)) { [container] in
            try $0.blockList(of: blob, snapshot: snapshot, in: container)
        }
    }

    func delete(_ blob: BlobName, _ what: BlobDeletion, if condition: AccessCondition) async throws {
        let garbage = try await change(request(blob, BlobAttributes(), condition)) { try $0.delete(what, $1) }
        account.discard(garbage)
    }
}
