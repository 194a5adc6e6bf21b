public import ByteStreams
public import HTTPMessages

/// One container of block blobs.
///
/// What is staged is invisible until it is committed; a commit shows all of it at once or nothing. Every failure is a
/// ``BlobStoreError`` or a `CancellationError`. Implementations pass one contract suite (`Tests/Support`).
public protocol BlobStore: Sendable {
    var container: ContainerName { get }

    /// Stages a block: acknowledged means kept until it is committed, dropped or a week old.
    ///
    /// The same id again replaces the uncommitted block. Ids of one blob must have one length.
    func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws

    /// Stages a block of `length` bytes as they come, without holding them all.
    ///
    /// Whatever the source throws is thrown, and then nothing was staged. A source that ends before `length` is
    /// `StreamError.endedEarly`.
    func stage(
        _ source: inout some ByteSource & ~Copyable, length: Int, as id: BlockID, of blob: BlobName) async throws

    /// Makes the blob consist of these blocks, in this order, and drops its other uncommitted blocks.
    func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob

    /// Writes a whole small blob in one step, dropping its uncommitted blocks.
    func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob

    /// Writes a whole blob of `length` bytes as they come; ``stage(_:length:as:of:)`` and a commit in one step.
    func put(
        _ source: inout some ByteSource & ~Copyable, length: Int, to blob: BlobName, attributes: BlobAttributes,
        if condition: AccessCondition
    ) async throws -> WrittenBlob

    /// The committed and the uncommitted blocks of a blob; `blobNotFound` if there are neither.
    func blockList(of blob: BlobName) async throws -> BlockList

    /// Appends bytes of a blob to `buffer` and answers the blob's state at that moment.
    ///
    /// Exactly the part of `range` that the blob has is appended; it must fit in the free capacity. A range that
    /// starts at or beyond the end is `invalidRange`, so the first read of an empty blob is, too: its `size` says 0.
    func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties

    func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties

    func delete(_ blob: BlobName, if condition: AccessCondition) async throws

    func list(_ query: BlobQuery) async throws -> BlobPage

    func containerProperties() async throws -> ContainerProperties
}

/// One entry of a block list: which block, and where to look for it.
public struct BlockReference: Sendable, Equatable {
    public enum Place: Sendable { case committed, uncommitted, latest }

    public let id: BlockID
    public let place: Place

    public init(_ id: BlockID, _ place: Place = .latest) {
        self.id = id
        self.place = place
    }
}

/// A storage account: its containers.
public protocol BlobAccount: Sendable {
    func create(_ container: ContainerName, metadata: [String: String]) async throws -> ContainerProperties

    /// Deletes a container with all its blobs.
    func delete(_ container: ContainerName, if condition: AccessCondition) async throws

    /// Containers in the order of their names, from `marker` on, at most `limit` (1 to 5,000).
    func containers(prefix: String, marker: String?, limit: Int) async throws -> ContainerPage

    /// The store of a container, whether or not it exists.
    func store(of container: ContainerName) -> any BlobStore
}

/// Limits of block blobs since service version 2019-12-12.
///
/// Source: <https://learn.microsoft.com/azure/storage/blobs/scalability-targets>
public enum BlobLimits {
    /// The largest block, in bytes: 4,000 MiB.
    public static let block = 4000 << 20
    /// The most blocks of a committed blob.
    public static let blocks = 50_000
    /// The largest blob, in bytes.
    public static let size = blocks * block
    /// The most uncommitted blocks of a blob.
    public static let uncommittedBlocks = 100_000
    /// The largest blob written in one step, in bytes: 5,000 MiB.
    public static let put = 5000 << 20
    /// The largest block that is appended, in bytes: 100 MiB, since service version 2022-11-02.
    public static let appendedBlock = 100 << 20
}
