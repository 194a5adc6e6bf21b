public import HTTPMessages

/// A container whose blobs are seen as they were: reads are of the snapshots of one moment, and nothing can be written.
public struct SnapshotStore: BlobStore {
    private let base: any SnapshottingStore
    private let snapshot: SnapshotID

    public init(_ base: any SnapshottingStore, at snapshot: SnapshotID) {
        self.base = base
        self.snapshot = snapshot
    }

    public var container: ContainerName { base.container }

    public func blockList(of blob: BlobName) async throws -> BlockList {
        try await base.blockList(of: blob, snapshot: snapshot)
    }

    public func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        try await base.read(blob, snapshot: snapshot, range: range, if: condition, into: &buffer)
    }

    public func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try await base.properties(of: blob, snapshot: snapshot, if: condition)
    }

    public func containerProperties() async throws -> ContainerProperties { try await base.containerProperties() }

    // MARK: - What snapshots do not allow

    public func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws { throw refusal }

    public func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob { throw refusal }

    public func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob { throw refusal }

    public func delete(_ blob: BlobName, if condition: AccessCondition) async throws { throw refusal }

    public func list(_ query: BlobQuery) async throws -> BlobPage { throw refusal }

    private var refusal: BlobStoreError { BlobStoreError(.unsupported, subject: "\(container) at \(snapshot)") }
}
