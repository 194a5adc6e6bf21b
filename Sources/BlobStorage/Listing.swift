/// Which blobs to list, and how many at a time.
public struct BlobQuery: Sendable, Equatable {
    public var prefix: String
    /// Names that hold it behind the prefix are folded into one entry.
    public var delimiter: String?
    /// Where to go on: the `next` of the page before, from this same store.
    public var marker: String?
    /// 1 to 5,000.
    public var limit: Int
    public var includesMetadata: Bool
    /// Blobs that have staged blocks but were never committed are listed too, with a size of 0.
    public var includesUncommitted: Bool
    /// Snapshots are listed too, each before the blob it is of, oldest first; by stores that have them.
    public var includesSnapshots: Bool

    public init(
        prefix: String = "", delimiter: String? = nil, marker: String? = nil, limit: Int = 5000,
        includesMetadata: Bool = false, includesUncommitted: Bool = false, includesSnapshots: Bool = false
    ) {
        self.prefix = prefix
        self.delimiter = delimiter
        self.marker = marker
        self.limit = limit
        self.includesMetadata = includesMetadata
        self.includesUncommitted = includesUncommitted
        self.includesSnapshots = includesSnapshots
    }
}

/// One page of a listing, ordered by the UTF-8 bytes of the names.
///
/// A page may hold fewer entries than asked for, even none, and still have a `next`.
public struct BlobPage: Sendable, Equatable {
    public enum Entry: Sendable, Equatable {
        case blob(BlobName, BlobProperties)
        /// All names that begin with this text, which ends in the delimiter.
        case prefix(String)
        /// A blob that was never committed.
        case uncommitted(BlobName)
    }

    public var entries: [Entry]
    /// The marker of the next page, or `nil` after the last.
    public var next: String?

    public init(entries: [Entry], next: String?) {
        self.entries = entries
        self.next = next
    }
}

/// One page of an account's containers, ordered by name.
public struct ContainerPage: Sendable, Equatable {
    public var containers: [ContainerProperties]
    public var next: String?

    public init(containers: [ContainerProperties], next: String?) {
        self.containers = containers
        self.next = next
    }
}

/// The blocks of one blob.
public struct BlockList: Sendable, Equatable {
    public struct Block: Sendable, Equatable {
        public let id: BlockID
        /// In bytes.
        public let size: Int

        public init(id: BlockID, size: Int) {
            self.id = id
            self.size = size
        }
    }

    /// In the order of the blob.
    public var committed: [Block]
    /// Ordered by id.
    public var uncommitted: [Block]
    /// The state of the committed blob, if there is one.
    public var properties: BlobProperties?

    public init(committed: [Block], uncommitted: [Block], properties: BlobProperties?) {
        self.committed = committed
        self.uncommitted = uncommitted
        self.properties = properties
    }
}
