public import ByteStreams
public import HTTPMessages

// What the blob service offers to its clients beyond what Penstock's own engine asks of a store. A store that a server
// publishes has these capabilities or not; where it has not, the server answers that the operation is not supported.
// The lease that a client shows is in `AccessCondition.lease`. Every failure is a `BlobStoreError` or a
// `CancellationError`.

/// An account whose containers can be open to the public from the start.
public protocol ManagedAccount: BlobAccount {
    func create(_ container: ContainerName, metadata: [String: String], publicAccess: ContainerAccess.Public)
        async throws -> ContainerProperties
}

/// A container whose metadata, access and lease can be changed.
///
/// Changing metadata and access changes the container's tag and time, and needs no lease; leasing changes neither.
public protocol ManagedContainer: BlobStore {
    func setMetadata(_ metadata: [String: String], if condition: AccessCondition) async throws -> ContainerProperties
    func setAccess(_ access: ContainerAccess, if condition: AccessCondition) async throws -> ContainerProperties
    func lease(_ action: LeaseAction, if condition: AccessCondition) async throws
        -> (LeaseOutcome, ContainerProperties)
}

/// A store whose blobs can be leased.
///
/// Leasing changes neither the tag nor the time of a blob. A lease that has ended can be renewed as long as the blob was
/// not written since.
public protocol LeasingStore: BlobStore {
    func lease(_ action: LeaseAction, on blob: BlobName, if condition: AccessCondition) async throws
        -> (LeaseOutcome, WrittenBlob)

    /// Throws what the blob's lease refuses; for blocks, which are staged without a condition.
    func requireLease(_ id: LeaseID?, on blob: BlobName) async throws

    /// Stages a block by the rules of the blob's lease, which are asked before the first byte and again with the last.
    func stage(
        _ source: inout some ByteSource & ~Copyable, length: Int, as id: BlockID, of blob: BlobName,
        showing lease: LeaseID?
    ) async throws
}

/// A store in which what is said of a blob can be changed without its bytes.
///
/// A blob in the archive keeps its headers and metadata: changing them is `archived`.
public protocol AnnotatingStore: BlobStore {
    /// Replaces content type and its like, all of them; metadata, tags and tier stay.
    func setHeaders(_ attributes: BlobAttributes, of blob: BlobName, if condition: AccessCondition) async throws
        -> WrittenBlob
    func setMetadata(_ metadata: [String: String], of blob: BlobName, if condition: AccessCondition) async throws
        -> WrittenBlob
    /// Leaves the blob's tag as it is.
    func setTags(_ tags: BlobTags, of blob: BlobName, if condition: AccessCondition) async throws
    /// Leaves the blob's tag as it is; a blob comes back from the archive at once.
    func setTier(_ tier: AccessTier, of blob: BlobName, snapshot: SnapshotID?, if condition: AccessCondition)
        async throws
}

/// A store that keeps states of blobs that were.
///
/// The ids of one blob's snapshots grow, whatever the clock does. A lease is of the blob, not of its snapshots: taking,
/// reading and deleting them needs none. Conditions are about the snapshot where one is named, else about the blob.
public protocol SnapshottingStore: BlobStore {
    /// - Parameter metadata: The snapshot's own; `nil` takes the blob's.
    func snapshot(_ blob: BlobName, metadata: [String: String]?, if condition: AccessCondition) async throws
        -> (SnapshotID, WrittenBlob)
    func properties(of blob: BlobName, snapshot: SnapshotID, if condition: AccessCondition) async throws
        -> BlobProperties
    func read(
        _ blob: BlobName, snapshot: SnapshotID, range: ByteRange, if condition: AccessCondition,
        into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties
    func blockList(of blob: BlobName, snapshot: SnapshotID) async throws -> BlockList
    func delete(_ blob: BlobName, _ what: BlobDeletion, if condition: AccessCondition) async throws
}

/// What is to be deleted of a blob.
public enum BlobDeletion: Sendable, Equatable {
    /// The blob, which must have no snapshots.
    case blobOnly
    case withSnapshots
    case snapshotsOnly
    case snapshot(SnapshotID)
}

/// A store whose blobs can grow at their end.
///
/// Every block appended changes the tag. Operations on blobs of another kind are `wrongBlobKind`, there and here.
public protocol AppendingStore: BlobStore {
    /// Makes an empty append blob.
    func createAppendBlob(_ blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition) async throws
        -> WrittenBlob
    func append(
        _ source: inout some ByteSource & ~Copyable, length: Int, to blob: BlobName, at position: AppendCondition,
        if condition: AccessCondition
    ) async throws -> AppendedBlock
    /// Lets nothing more be appended.
    func seal(_ blob: BlobName, at position: AppendCondition, if condition: AccessCondition) async throws
        -> WrittenBlob
}

/// Where an append blob must end, and how long it may become, in bytes.
public struct AppendCondition: Sendable, Equatable {
    public var position: Int?
    public var largest: Int?

    public init(position: Int? = nil, largest: Int? = nil) {
        self.position = position
        self.largest = largest
    }
}

/// Where an appended block went.
public struct AppendedBlock: Sendable, Equatable {
    /// Where it begins, in bytes.
    public let offset: Int
    /// How many blocks the blob has now.
    public let blocks: Int
    public let written: WrittenBlob

    public init(offset: Int, blocks: Int, written: WrittenBlob) {
        self.offset = offset
        self.blocks = blocks
        self.written = written
    }
}
