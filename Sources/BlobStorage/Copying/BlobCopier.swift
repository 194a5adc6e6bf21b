public import ByteStreams

/// Copies blobs from store to store, block by block, and shows each only when all of it is there.
///
/// Blocks have names that follow from the source's state, so a run finds what an earlier one staged. Every write is
/// create-only.
public struct BlobCopier: Sendable {
    public let source: any BlobStore
    public let destination: any BlobStore
    /// What lets the destination's service in; `nil` where it cannot fetch from the source.
    let remote: (any RemoteSourceProvider)?
    private let tier: AccessTier?
    let pool: BlockPool
    let meter: TransferMeter
    /// Blobs at once.
    private let width: Int
    let window: @Sendable () -> Int
    let switched: WaySwitch

    /// - Parameters:
    ///   - tier: For all copies; `nil` keeps the source's.
    ///   - fallsBack: Told once, with the reason, if the bytes have to go through this machine after all.
    public init(
        from source: any BlobStore, to destination: any BlobStore, remote: (any RemoteSourceProvider)?,
        tier: AccessTier?, pool: BlockPool, meter: TransferMeter, width: Int,
        window: @escaping @Sendable () -> Int, fallsBack: @escaping @Sendable (String) -> Void
    ) {
        self.source = source
        self.destination = destination
        self.remote = remote
        self.tier = tier
        self.pool = pool
        self.meter = meter
        self.width = width
        self.window = window
        switched = WaySwitch(tell: fallsBack)
    }

    /// Bytes that went through this machine so far.
    public var streamedBytes: Int { switched.streamed }
    /// Why bytes went through this machine although the plan said otherwise.
    public var reason: String? { switched.reason }

    /// Carries out a plan, turn by turn.
    ///
    /// Throws what the stores throw, and ``CopyError``. Whatever it throws, every blob that is visible is whole, and no
    /// blob of a later turn is there.
    ///
    /// - Parameter done: Told of every blob, in the order in which they are finished.
    public func run(_ plan: CopyPlan, done: @escaping @Sendable (CopyOutcome) async throws -> Void) async throws {
        for turn in CopyTurn.allCases {
            var waiting = plan.items.filter { $0.turn == turn }[...]
            try await withThrowingTaskGroup(of: CopyOutcome.self) { group in
                for item in waiting.prefix(width) { group.addTask { try await copy(item, of: plan) } }
                waiting = waiting.dropFirst(width)
                while let outcome = try await group.next() {
                    try await done(outcome)
                    if let item = waiting.popFirst() { group.addTask { try await copy(item, of: plan) } }
                }
            }
        }
    }

    /// Copies one blob, unless the plan says that it is there.
    private func copy(_ item: CopyItem, of plan: CopyPlan) async throws -> CopyOutcome {
        guard item.standing == .missing else {
            return CopyOutcome(item: item, way: .present, streamed: 0, resumed: 0, checks: [])
        }
        let state = try await unchanged(item)
        var attributes = state.attributes
        if state.service.tagCount > 0, let tagged = source as? any TaggedStore {
            attributes.tags = try await tagged.tags(of: item.source)
        }
        if let tier { attributes.tier = tier }
        let staged = try await stagedBlocks(of: item)
        let blocks = try await stage(item, without: staged, mode: plan.mode, way: plan.way)
        var checks = ["size", "etag", "metadata"]
        let sums = blocks.compactMap(\.sum)
        if sums.count == item.layout.blocks, let wanted = item.sum {
            guard sums.reduce(BlobSum(), +).text == wanted else { throw CopyError(.damaged, blob: item.source.text) }
            checks.append("crc64")
        }
        _ = try await unchanged(item)
        let ids = (0..<item.layout.blocks).map { BlockReference(item.layout.id(of: $0), .uncommitted) }
        let written = try await commit(ids, of: item, attributes)
        if try await compare(item, written, attributes) { checks.append("md5") }
        let streamed = blocks.reduce(0) { $0 + $1.streamed }
        return CopyOutcome(
            item: item, way: streamed == 0 && plan.way == .server ? .server : .stream, streamed: streamed,
            resumed: staged.count, checks: checks)
    }

    /// The source's state, which is still the one that is copied.
    private func unchanged(_ item: CopyItem) async throws -> BlobProperties {
        try await explaining(item) { try await source.properties(of: item.source, if: .matching(item.state.tag)) }
    }

    func explaining<Output>(_ item: CopyItem, _ read: () async throws -> Output) async throws -> Output {
        do {
            return try await read()
        } catch let error as BlobStoreError where [.conditionNotMet, .blobNotFound].contains(error.kind) {
            throw CopyError(.sourceChanged, blob: item.source.text, cause: error)
        }
    }

    /// Which blocks an earlier run has staged, whole.
    private func stagedBlocks(of item: CopyItem) async throws -> Set<Int> {
        let uncommitted: [BlockList.Block]
        do {
            uncommitted = try await destination.blockList(of: item.destination).uncommitted
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return []
        }
        let sizes = Dictionary(uncommitted.map { ($0.id, $0.size) }) { first, _ in first }
        return Set(
            (0..<item.layout.blocks).filter { sizes[item.layout.id(of: $0)] == item.layout.range(of: $0).count })
    }

    private func commit(
        _ ids: [BlockReference], of item: CopyItem, _ attributes: BlobAttributes
    ) async throws -> WrittenBlob {
        do {
            return try await destination.commit(ids, to: item.destination, attributes: attributes, if: .absent)
        } catch let error as BlobStoreError where error.kind == .blobAlreadyExists {
            throw CopyError(.otherContent, blob: item.destination.text, cause: error)
        }
    }

    /// Compares what was made with the source; true if both say an MD5.
    private func compare(
        _ item: CopyItem, _ written: WrittenBlob, _ attributes: BlobAttributes
    ) async throws -> Bool {
        let made = try await destination.properties(of: item.destination, if: .matching(written.tag))
        let isAsWritten = attributes.metadata.allSatisfy { made.attributes.metadata(named: $0.key) == $0.value }
        guard made.size == item.size, isAsWritten, made.attributes.metadata.count == attributes.metadata.count,
            attributes.contentMD5 == nil || made.attributes.contentMD5 == attributes.contentMD5
        else { throw CopyError(.different, blob: item.destination.text) }
        return attributes.contentMD5 != nil
    }
}

/// What has become of one blob.
public struct CopyOutcome: Sendable {
    public enum Way: String, Sendable {
        case server
        case stream
        /// It was there.
        case present
    }

    public let item: CopyItem
    public let way: Way
    /// Bytes that went through this machine.
    public let streamed: Int
    /// Blocks that an earlier run had staged.
    public let resumed: Int
    /// What was compared: `size`, `etag` (of the source), `metadata`, `crc64`, `md5`.
    public let checks: [String]
}
