public import ByteStreams
public import HTTPMessages

/// A store that makes blobs of its own account's blobs without moving their bytes, and knows of copies under way.
///
/// What a copy shares with its source is kept as long as either is there. While a copy to a blob is pending, the blob is
/// empty and every other write to it is `copyPending`. What is wrong with a source is a ``CopySourceError``.
public protocol CopyingStore: BlobStore {
    /// Makes a blob that has the bytes of the source as they are now, all in one step.
    ///
    /// - Parameter describe: Says what the copy is, given the source's state in that same step; what it throws is
    ///   thrown, and nothing is made.
    func copy(
        from source: CopySource, to blob: BlobName, if condition: AccessCondition,
        describe: @escaping @Sendable (BlobProperties) throws -> CopyDescription
    ) async throws -> WrittenBlob

    /// Stages a part of the source as a block, if it can be done without moving bytes; otherwise nothing is done.
    ///
    /// - Parameters:
    ///   - range: `nil` for all of it; what lies behind the source's end is left out.
    ///   - lease: The one that the client shows of the blob.
    /// - Returns: False if the part does not lie in one piece.
    func stage(
        from source: CopySource, range: ByteRange?, as id: BlockID, of blob: BlobName, showing lease: LeaseID?
    ) async throws -> Bool

    /// Writes a blob of bytes that come from elsewhere, of any size, together with the state of that copy.
    ///
    /// A `pending` state begins a copy; then `length` is 0. Any other state ends the pending copy of the same id, whatever
    /// the blob's lease is by now.
    func putCopy(
        _ source: inout some ByteSource & ~Copyable, length: Int, to blob: BlobName, attributes: BlobAttributes,
        state: CopyState, if condition: AccessCondition
    ) async throws -> WrittenBlob

    /// Says how far the pending copy of that id has got, or that it has come to nothing, which leaves the blob empty.
    ///
    /// Done even if the task is cancelled. `noCopyPending` if none is, `copyIDMismatch` if another is.
    /// - Parameter condition: Only its lease counts, and only where the copy is aborted.
    func setCopyState(_ state: CopyState, of blob: BlobName, if condition: AccessCondition) async throws
}

/// A blob of the same account that is copied.
public struct CopySource: Sendable, Equatable {
    public let container: ContainerName
    public let blob: BlobName
    public let snapshot: SnapshotID?
    public let condition: AccessCondition

    public init(container: ContainerName, blob: BlobName, snapshot: SnapshotID?, condition: AccessCondition) {
        self.container = container
        self.blob = blob
        self.snapshot = snapshot
        self.condition = condition
    }
}

/// What a copy is to be beside its bytes.
public struct CopyDescription: Sendable, Equatable {
    public var attributes: BlobAttributes
    public var kind: BlobKind
    /// True if its block list is to be the source's; otherwise it is as if it had been put whole.
    public var keepsBlocks: Bool
    /// `nil` for a blob of which nobody is told that it is a copy.
    public var state: CopyState?

    public init(attributes: BlobAttributes, kind: BlobKind = .block, keepsBlocks: Bool, state: CopyState?) {
        self.attributes = attributes
        self.kind = kind
        self.keepsBlocks = keepsBlocks
        self.state = state
    }
}

/// What is wrong with the source of a copy; everything else that goes wrong is about the blob that is to be made.
public struct CopySourceError: Error {
    public let cause: BlobStoreError

    public init(_ cause: BlobStoreError) { self.cause = cause }
}
