public import BlobStorage
public import HTTPMessages

/// A store whose calls go through a ``FaultPlan``.
public struct FaultyStore: BlobStore {
    private let store: any BlobStore
    private let plan: FaultPlan
    private let hold: @Sendable (StoreCall.Operation, String) async -> Void

    /// - Parameter hold: Called before a block is staged or a range is read, with the block's id or the range's header;
    ///   the call waits for it.
    public init(
        _ store: any BlobStore, plan: FaultPlan,
        hold: @escaping @Sendable (StoreCall.Operation, String) async -> Void = { _, _ in }
    ) {
        self.store = store
        self.plan = plan
        self.hold = hold
    }

    public var container: ContainerName { store.container }

    public func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        await hold(.stage, id.text)
        try await plan.run(.stage, id.text) { try await store.stage(bytes, as: id, of: blob) }
    }

    public func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await plan.run(.commit) { try await store.commit(blocks, to: blob, attributes: attributes, if: condition) }
    }

    public func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await plan.run(.put) { try await store.put(bytes, to: blob, attributes: attributes, if: condition) }
    }

    public func blockList(of blob: BlobName) async throws -> BlockList {
        try await plan.run(.blockList) { try await store.blockList(of: blob) }
    }

    public func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        await hold(.read, range.header)
        let before = buffer.count
        let fault = plan.fault(.read, range.header)
        switch fault {
        case .shortBody, .damagedBody, .connectionLost:
            let found = try await store.read(blob, range: range, if: condition, into: &buffer)
            if fault == .damagedBody {
                if buffer.count > before { buffer.append(~buffer.removeLast()) }
            } else {
                buffer.removeLast((buffer.count - before + 1) / 2)
            }
            guard case .connectionLost = fault else { return found }
            return try await plan.meet(fault) { found }
        default:
            return try await plan.meet(fault) {
                try await store.read(blob, range: range, if: condition, into: &buffer)
            }
        }
    }

    public func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try await plan.run(.properties) { try await store.properties(of: blob, if: condition) }
    }

    public func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        try await plan.run(.delete) { try await store.delete(blob, if: condition) }
    }

    public func list(_ query: BlobQuery) async throws -> BlobPage {
        try await plan.run(.list) { try await store.list(query) }
    }

    public func containerProperties() async throws -> ContainerProperties {
        try await plan.run(.containerProperties) { try await store.containerProperties() }
    }
}
