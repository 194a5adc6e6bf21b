public import HTTPMessages

/// A store that tries again what failed for a passing reason.
///
/// An answer that was lost leaves open whether the work was done. Repeating is harmless for most operations; a write
/// that is refused on a repeat is looked up: if what is there carries this upload's token (``UploadToken``), an earlier
/// try had made it; if not, the error says that the outcome is not known.
public struct RetryingStore: BlobStore {
    let base: any BlobStore
    let policy: RetryPolicy

    public init(_ base: any BlobStore, policy: RetryPolicy) {
        self.base = base
        self.policy = policy
    }

    public var container: ContainerName { base.container }

    public func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        try await policy.run { _ in try await base.stage(bytes, as: id, of: blob) }
    }

    public func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await write(blob, attributes) {
            try await base.commit(blocks, to: blob, attributes: attributes, if: condition)
        } isWhole: { _, _ in
            try await base.blockList(of: blob).committed.map(\.id) == blocks.map(\.id)
        }
    }

    public func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await write(blob, attributes) {
            try await base.put(bytes, to: blob, attributes: attributes, if: condition)
        } isWhole: { found, lost in
            // What was damaged on the way and taken nonetheless has the right size.
            found.size == bytes.count && lost?.kind != .digestMismatch
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

    /// Tries a write until it is done, or until it is known that it is not.
    ///
    /// - Parameter isWhole: Whether the blob that carries this upload's token is all that was to be written; it is told
    ///   the failure after which the write may have been done.
    ///
    /// Throws `outcomeUnknown` with the last failure as its cause where an answer was lost and what is there now does
    /// not tell.
    private func write(
        _ blob: BlobName, _ attributes: BlobAttributes, _ attempt: () async throws -> WrittenBlob,
        isWhole: (BlobProperties, _ lost: BlobStoreError?) async throws -> Bool
    ) async throws -> WrittenBlob {
        var lost: BlobStoreError?
        do {
            return try await policy.run { before in
                do {
                    return try await attempt()
                } catch let refusal as BlobStoreError where before > 0 && refusal.mayHideSuccess {
                    do {
                        let found = try await base.properties(of: blob, if: .always)
                        guard found.carriesToken(of: attributes), try await isWhole(found, lost) else {
                            throw refusal.kind == .blobAlreadyExists
                                ? refusal : BlobStoreError(.conditionNotMet, subject: refusal.subject)
                        }
                        return found.written
                    } catch let error as BlobStoreError where lost == nil && !error.isTransient {
                        throw refusal
                    }
                } catch let error as BlobStoreError {
                    if error.leavesOpen, lost?.kind != .digestMismatch { lost = error }
                    throw error
                }
            }
        } catch let error as BlobStoreError where lost != nil {
            throw BlobStoreError(.outcomeUnknown, subject: error.subject, cause: error)
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

    /// True if it was written by the upload that these attributes are from.
    fileprivate func carriesToken(of attributes: BlobAttributes) -> Bool {
        guard let token = attributes.metadata(named: UploadToken.metadataName) else { return false }
        return self.attributes.metadata(named: UploadToken.metadataName) == token
    }
}
