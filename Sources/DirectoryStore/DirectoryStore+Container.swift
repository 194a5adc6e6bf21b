import BlobStorage
import FoundationEssentials

extension DirectoryStore: ManagedContainer {
    func setMetadata(
        _ metadata: [String: String], if condition: AccessCondition
    ) async throws -> ContainerProperties {
        try await change(if: condition) { $0.metadata = metadata }
    }

    func setAccess(_ access: ContainerAccess, if condition: AccessCondition) async throws -> ContainerProperties {
        try await change(if: condition) { $0.access = access }
    }

    func lease(
        _ action: LeaseAction, if condition: AccessCondition
    ) async throws -> (LeaseOutcome, ContainerProperties) {
        try Task.checkCancellation()
        let request = LeaseRequest(
            action: action, condition: condition, now: account.clock(), newID: account.newLeaseID())
        let container = container
        return try await account.explained(container.text) {
            try await account.writer.write { try $0.lease(request, on: container) }
        }
    }

    private func change(
        if condition: AccessCondition, _ body: @escaping @Sendable (inout ContainerProperties) -> Void
    ) async throws -> ContainerProperties {
        try Task.checkCancellation()
        let (container, tag, now) = (container, account.newContainerTag(), account.clock())
        return try await account.explained(container.text) {
            try await account.writer.write { try $0.change(container, if: condition, tag: tag, now: now, body) }
        }
    }
}

extension DirectoryAccount {
    func newContainerTag() -> ETag { ETag("0x" + String(random(), radix: 16, uppercase: true)) }
}
