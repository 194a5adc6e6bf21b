public import HTTPMessages

/// A store that tries again what failed for a passing reason.
///
/// An answer that was lost leaves open whether the work was done. Repeating is harmless for most operations; a write
/// that is refused on a repeat is looked up: if what is there carries this upload's token (``UploadToken``), an earlier
/// try had made it. Bodies that stream are collected first (256 MiB at most), because a stream cannot be sent twice.
public struct RetryingStore: BlobStore {
    private let base: any BlobStore
    private let policy: RetryPolicy

    public init(_ base: any BlobStore, policy: RetryPolicy) {
        self.base = base
        self.policy = policy
    }

    /// The metadata name under which an upload's token is kept.
    public static let tokenName = "penstock_upload"

    public var container: ContainerName { base.container }

    public func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        try await policy.run { _ in try await base.stage(bytes, as: id, of: blob) }
    }

    public func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await policy.run { before in
            do {
                return try await base.commit(blocks, to: blob, attributes: attributes, if: condition)
            } catch let error as BlobStoreError where before > 0 && error.mayHideSuccess {
                guard let made = try await ours(blob, attributes),
                    try await base.blockList(of: blob).committed.map(\.id) == blocks.map(\.id)
                else { throw error }
                return made.written
            }
        }
    }

    public func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await policy.run { before in
            do {
                return try await base.put(bytes, to: blob, attributes: attributes, if: condition)
            } catch let error as BlobStoreError where before > 0 && error.mayHideSuccess {
                guard let made = try await ours(blob, attributes), made.size == bytes.count else { throw error }
                return made.written
            }
        }
    }

    public func blockList(of blob: BlobName) async throws -> BlockList {
        try await policy.run { _ in try await base.blockList(of: blob) }
    }

    public func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        let before = buffer.count
        return try await policy.run { _ in
            buffer.removeLast(buffer.count - before)
            return try await base.read(blob, range: range, if: condition, into: &buffer)
        }
    }

    public func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try await policy.run { _ in try await base.properties(of: blob, if: condition) }
    }

    public func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        try await policy.run { before in
            do {
                try await base.delete(blob, if: condition)
            } catch let error as BlobStoreError where before > 0 && error.kind == .blobNotFound {
                return  // gone, as was asked: an earlier try did it
            }
        }
    }

    public func list(_ query: BlobQuery) async throws -> BlobPage {
        try await policy.run { _ in try await base.list(query) }
    }

    public func containerProperties() async throws -> ContainerProperties {
        try await policy.run { _ in try await base.containerProperties() }
    }

    /// The blob's state if it was written by this upload.
    private func ours(_ blob: BlobName, _ attributes: BlobAttributes) async throws -> BlobProperties? {
        guard let token = attributes.metadata(named: Self.tokenName) else { return nil }
        do {
            let found = try await base.properties(of: blob, if: .always)
            return found.attributes.metadata(named: Self.tokenName) == token ? found : nil
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return nil
        }
    }
}

/// An account that tries again what failed for a passing reason, and so do its stores.
public struct RetryingAccount: BlobAccount {
    private let base: any BlobAccount
    private let policy: RetryPolicy

    public init(_ base: any BlobAccount, policy: RetryPolicy) {
        self.base = base
        self.policy = policy
    }

    public func create(_ container: ContainerName, metadata: [String: String]) async throws -> ContainerProperties {
        try await policy.run { before in
            do {
                return try await base.create(container, metadata: metadata)
            } catch let error as BlobStoreError where before > 0 && error.kind == .containerAlreadyExists {
                return try await base.store(of: container).containerProperties()
            }
        }
    }

    public func delete(_ container: ContainerName, if condition: AccessCondition) async throws {
        try await policy.run { before in
            do {
                try await base.delete(container, if: condition)
            } catch let error as BlobStoreError
                where before > 0 && [.containerNotFound, .containerBeingDeleted].contains(error.kind)
            {
                return  // gone, or going, as was asked: an earlier try did it
            }
        }
    }

    public func containers(prefix: String, marker: String?, limit: Int) async throws -> ContainerPage {
        try await policy.run { _ in try await base.containers(prefix: prefix, marker: marker, limit: limit) }
    }

    public func store(of container: ContainerName) -> any BlobStore {
        RetryingStore(base.store(of: container), policy: policy)
    }
}

extension BlobStoreError {
    /// True for a refusal of a repeated write that an earlier try, carried out unseen, may have caused.
    fileprivate var mayHideSuccess: Bool {
        [.blobAlreadyExists, .conditionNotMet, .invalidBlockList].contains(kind)
    }
}

extension BlobProperties {
    fileprivate var written: WrittenBlob { WrittenBlob(tag: tag, lastModified: lastModified) }
}
