public import ByteStreams
public import HTTPMessages

/// A store whose transfers pass a gate; what moves no data goes by.
public struct GatedStore: BlobStore {
    let base: any BlobStore
    let gate: TransferGate

    public init(_ base: any BlobStore, gate: TransferGate) {
        self.base = base
        self.gate = gate
    }

    public var container: ContainerName { base.container }

    public func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        try await gate.pass(bytes.count) { try await base.stage(bytes, as: id, of: blob) }
    }

    public func stage(
        _ source: inout some ByteSource & ~Copyable, length: Int, as id: BlockID, of blob: BlobName
    ) async throws {
        try await gate.pass(length) { try await base.stage(&source, length: length, as: id, of: blob) }
    }

    public func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await base.commit(blocks, to: blob, attributes: attributes, if: condition)
    }

    public func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await gate.pass(bytes.count) {
            try await base.put(bytes, to: blob, attributes: attributes, if: condition)
        }
    }

    public func put(
        _ source: inout some ByteSource & ~Copyable, length: Int, to blob: BlobName, attributes: BlobAttributes,
        if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await gate.pass(length) {
            try await base.put(&source, length: length, to: blob, attributes: attributes, if: condition)
        }
    }

    public func blockList(of blob: BlobName) async throws -> BlockList { try await base.blockList(of: blob) }

    public func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        let expected = range.end.map { $0 - range.start } ?? buffer.freeCapacity
        // The first look at a small blob asks for more than it has.
        return try await gate.pass(expected) {
            range.clipped(to: $0.size)?.count
        } _: {
            try await base.read(blob, range: range, if: condition, into: &buffer)
        }
    }

    public func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try await base.properties(of: blob, if: condition)
    }

    public func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        try await base.delete(blob, if: condition)
    }

    public func list(_ query: BlobQuery) async throws -> BlobPage { try await base.list(query) }

    public func containerProperties() async throws -> ContainerProperties { try await base.containerProperties() }
}

/// An account whose stores share one gate.
public struct GatedAccount: BlobAccount {
    private let base: any BlobAccount
    private let gate: TransferGate

    public init(_ base: any BlobAccount, gate: TransferGate) {
        self.base = base
        self.gate = gate
    }

    public func create(_ container: ContainerName, metadata: [String: String]) async throws -> ContainerProperties {
        try await base.create(container, metadata: metadata)
    }

    public func delete(_ container: ContainerName, if condition: AccessCondition) async throws {
        try await base.delete(container, if: condition)
    }

    public func containers(prefix: String, marker: String?, limit: Int) async throws -> ContainerPage {
        try await base.containers(prefix: prefix, marker: marker, limit: limit)
    }

    public func store(of container: ContainerName) -> any BlobStore {
        GatedStore(base.store(of: container), gate: gate)
    }
}
