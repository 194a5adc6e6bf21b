import BlobStorage
import ByteStreams
import FoundationEssentials
import HTTPMessages
import LocalIndex
import SystemCalls

/// A container of a ``DirectoryAccount``.
struct DirectoryStore: BlobStore {
    let account: DirectoryAccount
    let container: ContainerName

    func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        let limit = account.limits.blocks
        let outcome = try await change(request(blob, attributes, condition)) {
            try $0.commit(blocks, $1, limit: limit)
        }
        account.discard(outcome.garbage)
        return outcome.written
    }

    func blockList(of blob: BlobName) async throws -> BlockList {
        try await account.read(subject(blob)) { [container] in try $0.blockList(of: blob, in: container) }
    }

    func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try await account.read(subject(blob)) { [self] in try revision(&$0, blob, condition).properties }
    }

    func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        try await delete(blob, .blobOnly, if: condition)
    }

    func list(_ query: BlobQuery) async throws -> BlobPage {
        try await account.read(container.text) { [container] in try $0.list(query, in: container) }
    }

    func containerProperties() async throws -> ContainerProperties {
        try await account.read(container.text) { [container] in try $0.properties(of: container) }
    }

    /// Changes the index alone; when this returns, the change is on the disk.
    func change<Result: Sendable>(
        _ request: WriteRequest, _ body: @escaping @Sendable (inout IndexConnection, WriteRequest) throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        let result = try await account.explained(subject(request.blob)) {
            try await account.writer.write { try body(&$0, request) }
        }
        account.files.probe(.recorded)
        return result
    }

    func subject(_ blob: BlobName) -> String { "\(container)/\(blob)" }

    func request(_ blob: BlobName, _ attributes: BlobAttributes, _ condition: AccessCondition) -> WriteRequest {
        WriteRequest(
            container: container, blob: blob, attributes: attributes, condition: condition, now: account.clock(),
            salt: account.random())
    }
}
