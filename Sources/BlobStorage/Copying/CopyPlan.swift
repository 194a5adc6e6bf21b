/// Which way the bytes of a copy go.
public enum CopyWay: Sendable, Equatable {
    /// The destination's service fetches them from the source's.
    case server
    /// Through this machine, and why.
    case stream(reason: String)
}

/// Which ways are allowed.
public enum CopyMode: String, Sendable, CaseIterable {
    /// From service to service, or through this machine where that is not possible.
    case auto
    case server
    case stream
}

/// When a blob is copied: all blobs of one turn are there before the next begins.
public enum CopyTurn: Int, Sendable, CaseIterable {
    case data
    case manifest
    /// What makes a recovery point exist.
    case marker
}

/// One blob to copy.
public struct CopyItem: Sendable, Equatable {
    /// Whether there is anything left to do.
    public enum Standing: Sendable, Equatable {
        case missing
        /// The destination has it already.
        case present
    }

    public let source: BlobName
    public let destination: BlobName
    /// The state of the source that is copied, and no other.
    public let state: BlobProperties
    public let turn: CopyTurn
    public let layout: CopyLayout
    /// The CRC-64 that the bytes must have, as 16 hexadecimal digits, where it is known.
    public let sum: String?
    public let standing: Standing

    /// In bytes.
    public var size: Int { state.size }
}

/// What a copy is going to do, in its order, and why in this way.
public struct CopyPlan: Sendable, Equatable {
    /// A blob that is to be copied, before it is known what the destination has.
    public struct Wish: Sendable, Equatable {
        public let source: BlobName
        public let destination: BlobName
        public let state: BlobProperties
        public let turn: CopyTurn
        /// What a manifest says of its bytes: the size, and the CRC-64 where it knows it.
        public let manifest: (size: Int, sum: String?)?

        public init(
            source: BlobName, destination: BlobName, state: BlobProperties, turn: CopyTurn,
            manifest: (size: Int, sum: String?)? = nil
        ) {
            self.source = source
            self.destination = destination
            self.state = state
            self.turn = turn
            self.manifest = manifest
        }

        public static func == (first: Wish, second: Wish) -> Bool {
            first.source == second.source && first.destination == second.destination && first.state == second.state
                && first.turn == second.turn && first.manifest?.size == second.manifest?.size
                && first.manifest?.sum == second.manifest?.sum
        }
    }

    public let way: CopyWay
    public let mode: CopyMode
    /// In the order in which they are copied.
    public let items: [CopyItem]

    /// In bytes, what is not there yet.
    public var bytes: Int { missing.reduce(0) { $0 + $1.size } }
    public var missing: [CopyItem] { items.filter { $0.standing == .missing } }

    /// Decides what is to be done.
    ///
    /// Throws ``CopyError`` where a blob of the destination has other content, and `BlobStoreError` where a source
    /// cannot be read as it is; nothing has been done then.
    ///
    /// - Parameters:
    ///   - place: Tells the source's container from all others, without a secret.
    ///   - existing: What the destination has under the names that are wished for.
    ///   - blockSize: Of one block, in bytes.
    public init(
        _ wishes: [Wish], from place: String, existing: [BlobName: BlockList], way: CopyWay, mode: CopyMode,
        blockSize: Int
    ) throws {
        var items: [CopyItem] = []
        for wish in wishes {
            let state = wish.state
            if let manifest = wish.manifest, manifest.size != state.size {
                throw CopyError(.notAsItsManifestSays, blob: wish.source.text)
            }
            guard state.attributes.tier != .archive else {
                throw BlobStoreError(.archived, subject: wish.source.text)
            }
            let stated = state.attributes.metadata(named: BlobSum.metadataName)
            if let sum = wish.manifest?.sum, let stated, sum != stated {
                throw CopyError(.notAsItsManifestSays, blob: wish.source.text)
            }
            let layout = CopyLayout(
                source: "\(place)/\(wish.source)", tag: state.tag, size: state.size, blockSize: blockSize)
            var standing = CopyItem.Standing.missing
            if let found = existing[wish.destination], let there = found.properties {
                guard Self.isSame(there, found.committed, as: state, layout) else {
                    throw CopyError(.otherContent, blob: wish.destination.text)
                }
                standing = .present
            }
            items.append(
                CopyItem(
                    source: wish.source, destination: wish.destination, state: state, turn: wish.turn, layout: layout,
                    sum: wish.manifest?.sum ?? stated, standing: standing))
        }
        self.items = CopyTurn.allCases.flatMap { turn in items.filter { $0.turn == turn } }
        self.way = way
        self.mode = mode
    }

    /// True if a blob has provably the bytes of the source: by its digest, or because its blocks are those of a copy.
    private static func isSame(
        _ found: BlobProperties, _ committed: [BlockList.Block], as state: BlobProperties, _ layout: CopyLayout
    ) -> Bool {
        guard found.size == state.size else { return false }
        if found.size == 0 || layout.made(committed) { return true }
        for name in [BlobSum.metadataName, BlobDigest.metadataName] {
            guard let wanted = state.attributes.metadata(named: name) else { continue }
            if let sum = found.attributes.metadata(named: name) { return sum == wanted }
        }
        guard let wanted = state.attributes.contentMD5, let sum = found.attributes.contentMD5 else { return false }
        return sum == wanted
    }
}
