import BlobStorage
import ByteStreams
import FoundationEssentials
import HTTPMessages
import SystemCalls

/// A container of a ``DirectoryAccount``.
struct DirectoryStore: BlobStore {
    let account: DirectoryAccount
    let container: ContainerName

    func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try Task.checkCancellation()
        let request = request(blob, attributes, condition)
        let limit = account.limits.blocks
        let outcome = try await account.explained(subject(blob)) {
            try await account.writer.write { try $0.commit(blocks, request, limit: limit) }
        }
        account.files.probe(.recorded)
        await account.unlink(outcome.garbage)
        return outcome.written
    }

    func blockList(of blob: BlobName) async throws -> BlockList {
        try await account.read(subject(blob)) { [container] in try $0.blockList(of: blob, in: container) }
    }

    func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try await account.read(subject(blob)) { [self] in try revision(&$0, blob, condition).properties }
    }

    func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        try Task.checkCancellation()
        let request = request(blob, BlobAttributes(), condition)
        let garbage = try await account.explained(subject(blob)) {
            try await account.writer.write { try $0.delete(request) }
        }
        account.files.probe(.recorded)
        await account.unlink(garbage)
    }

    func list(_ query: BlobQuery) async throws -> BlobPage {
        try await account.read(container.text) { [container] in try $0.list(query, in: container) }
    }

    func containerProperties() async throws -> ContainerProperties {
        try await account.read(container.text) { [container] in try $0.properties(of: container) }
    }

    func subject(_ blob: BlobName) -> String { "\(container)/\(blob)" }

    func request(_ blob: BlobName, _ attributes: BlobAttributes, _ condition: AccessCondition) -> WriteRequest {
        WriteRequest(
            container: container, blob: blob, attributes: attributes, condition: condition, now: account.clock(),
            salt: account.random())
    }
}
