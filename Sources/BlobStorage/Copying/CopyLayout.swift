/// How a blob is cut into blocks when it is copied: the same for every run, so that a run finds another's blocks.
public struct CopyLayout: Sendable, Equatable {
    /// In bytes.
    public let size: Int
    /// In bytes; the last block may be shorter.
    public let blockSize: Int
    private let token: UploadToken

    /// The smallest block that is asked for, in bytes, unless a larger one is needed to keep to 50,000.
    public static let smallestBlock = 64 << 10

    /// - Parameters:
    ///   - source: What tells the blob from all others, such as its URL, without a secret.
    ///   - tag: Of the state that is copied: blocks of another state have other ids.
    ///   - blockSize: What is wanted; blobs that would have more than 50,000 such blocks get larger ones.
    public init(source: String, tag: ETag, size: Int, blockSize wanted: Int) {
        let needed = (size + BlobLimits.blocks - 1) / BlobLimits.blocks
        // Whole mebibytes, for round numbers.
        let rounded = ((needed + (1 << 20) - 1) >> 20) << 20
        blockSize = min(BlobLimits.block, max(Self.smallestBlock, needed <= wanted ? wanted : rounded))
        self.size = size
        token = UploadToken(derivedFrom: "penstock copy\n\(source)\n\(tag.text)\n\(size)\n\(blockSize)")
    }

    public var blocks: Int { (size + blockSize - 1) / blockSize }

    public func range(of index: Int) -> Range<Int> {
        index * blockSize..<min(size, (index + 1) * blockSize)
    }

    public func id(of index: Int) -> BlockID { BlockID(index: index, attempt: 1, token: token) }

    /// True if a blob of those blocks was made of this state of the source.
    public func made(_ committed: [BlockList.Block]) -> Bool {
        blocks > 0 && committed.map(\.id) == (0..<blocks).map { id(of: $0) }
    }
}
