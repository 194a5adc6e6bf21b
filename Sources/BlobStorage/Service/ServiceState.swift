public import FoundationEssentials

/// The kinds of blobs that are stored here.
public enum BlobKind: String, Sendable {
    case block = "BlockBlob"
    case append = "AppendBlob"
}

/// What the service tells of a blob's life beside its bytes and attributes.
public struct ServiceState: Sendable, Equatable {
    public var kind: BlobKind
    /// When the tier was last chosen.
    public var tierChanged: Date?
    public var lease: Lease?
    public var copy: CopyState?
    /// `nil` for the blob itself.
    public var snapshot: SnapshotID?
    /// The blocks of an append blob; 0 for others.
    public var appendedBlocks: Int
    /// True for an append blob to which nothing more can be appended.
    public var isSealed: Bool
    /// How many tags a blob has whose tags are told by another request; 0 where they are in its attributes.
    public var tagCount: Int

    public init(
        kind: BlobKind = .block, tierChanged: Date? = nil, lease: Lease? = nil, copy: CopyState? = nil,
        snapshot: SnapshotID? = nil, appendedBlocks: Int = 0, isSealed: Bool = false,
        tagCount: Int = 0
    ) {
        self.kind = kind
        self.tierChanged = tierChanged
        self.lease = lease
        self.copy = copy
        self.snapshot = snapshot
        self.appendedBlocks = appendedBlocks
        self.isSealed = isSealed
        self.tagCount = tagCount
    }
}
