import ByteStreams
import HTTPMessages
import Synchronization

extension BlobCopier {
    /// What is known of a block that was staged.
    struct StagedBlock: Sendable {
        let sum: BlobSum?
        /// Bytes that went through this machine.
        let streamed: Int
        let index: Int
    }

    /// Stages the blocks that are not there, in parallel, and answers what is known of them in order.
    func stage(
        _ item: CopyItem, without staged: Set<Int>, mode: CopyMode, way: CopyWay
    ) async throws -> [StagedBlock] {
        var waiting = (0..<item.layout.blocks).filter { !staged.contains($0) }[...]
        var blocks: [StagedBlock] = []
        try await withThrowingTaskGroup(of: StagedBlock.self) { group in
            var running = 0
            while !waiting.isEmpty || running > 0 {
                while running < max(1, window()), let index = waiting.popFirst() {
                    group.addTask { try await stage(index, of: item, mode: mode, way: way) }
                    running += 1
                }
                guard let block = try await group.next() else { break }
                running -= 1
                blocks.append(block)
            }
        }
        try Task.checkCancellation()
        return blocks.sorted { $0.index < $1.index }
    }

    private func stage(_ index: Int, of item: CopyItem, mode: CopyMode, way: CopyWay) async throws -> StagedBlock {
        guard way == .server, switched.reason == nil, let remote, let fetching = destination as? any FetchingStore
        else { return try await stream(index, of: item) }
        let refusal: BlobStoreError
        do {
            let from = try await remote.source(of: item.source, tag: item.state.tag)
            let range = item.layout.range(of: index)
            let sum = try await fetching.stage(
                from: from, range: range, as: item.layout.id(of: index), of: item.destination)
            meter.addBlock(of: range.count)
            return StagedBlock(sum: sum, streamed: 0, index: index)
        } catch let error as CopySourceError {
            guard ![.conditionNotMet, .notModified].contains(error.cause.kind) else {
                throw CopyError(.sourceChanged, blob: item.source.text, cause: error.cause)
            }
            refusal = error.cause
        } catch let error as BlobStoreError where error.mayHoldOnlyForFetching {
            refusal = error
        }
        guard mode == .auto else { throw CopyError(.serverRefused, blob: item.source.text, cause: refusal) }
        switched.fallBack(refusal.summary)
        return try await stream(index, of: item)
    }

    private func stream(_ index: Int, of item: CopyItem) async throws -> StagedBlock {
        let range = item.layout.range(of: index)
        var block = try await pool.lend(range.count)
        try await explaining(item) {
            try await block.withFreeSpace { buffer in
                _ = try await source.read(
                    item.source, range: ByteRange(range), if: .matching(item.state.tag), into: &buffer)
            }
        }
        guard block.count == range.count else { throw BlobStoreError(.corrupt, subject: item.source.text) }
        return try await stage(block, index, of: item)
    }

    private func stage(_ block: borrowing Block, _ index: Int, of item: CopyItem) async throws -> StagedBlock {
        try await block.withBytes { bytes in
            let sum = BlobSum(bytes)
            try await destination.stage(bytes, as: item.layout.id(of: index), of: item.destination)
            meter.addBlock(of: bytes.count)
            switched.add(bytes.count)
            return StagedBlock(sum: sum, streamed: bytes.count, index: index)
        }
    }
}

/// Which way the bytes of one run go, once it has turned out that the services do not copy by themselves.
final class WaySwitch: Sendable {
    private let state = Mutex((reason: String?.none, streamed: 0))
    private let tell: @Sendable (String) -> Void

    init(tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

    var reason: String? { state.withLock { $0.reason } }
    var streamed: Int { state.withLock { $0.streamed } }

    func add(_ bytes: Int) { state.withLock { $0.streamed += bytes } }

    /// Lets the rest of the run go through this machine.
    func fallBack(_ reason: String) {
        let isFirst = state.withLock { state in
            defer { state.reason = state.reason ?? reason }
            return state.reason == nil
        }
        if isFirst { tell(reason) }
    }
}

extension BlobStoreError {
    /// True for a refusal that may be of fetching alone: a rule about copies is said in many ways.
    fileprivate var mayHoldOnlyForFetching: Bool { [.notAuthorized, .unsupported, .badRequest].contains(kind) }
}
