import ByteStreams
import HTTPMessages
import Synchronization
import SystemCalls

/// A container of a ``MemoryAccount``.
struct MemoryStore: BlobStore {
    let account: MemoryAccount
    let container: ContainerName

    func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        if let refusal = account.limits.refusal(ofBlock: bytes.count) { throw error(refusal, blob) }
        try stage(account.contents(of: bytes), as: id, of: blob)
    }

    func stage(
        _ source: inout some ByteSource & ~Copyable, length: Int, as id: BlockID, of blob: BlobName
    ) async throws {
        if let refusal = account.limits.refusal(ofBlock: length) { throw error(refusal, blob) }
        try stage(try await contents(&source, length: length, for: blob), as: id, of: blob)
    }

    private func stage(_ contents: MemoryContents, as id: BlockID, of blob: BlobName) throws {
        try withContainer { container in
            if let staged = container.blobs[blob]?.staged {
                if let other = staged.keys.first, other.text.utf8.count != id.text.utf8.count {
                    throw error(.invalidBlockID, blob)
                }
                guard staged[id] != nil || staged.count < account.limits.uncommittedBlocks else {
                    throw error(.tooManyBlocks, blob)
                }
            }
            // Changed in its place: a copy would cost as much as all blocks that are staged, for each of them.
            container.blobs[blob, default: MemoryBlob()].staged[id] = contents
        }
    }

    private func contents(
        _ source: inout some ByteSource & ~Copyable, length: Int, for blob: BlobName
    ) async throws -> MemoryContents {
        guard !account.keepsBytes else { return .kept(try await collect(&source, length: length, for: blob)) }
        try await source.drop(length)
        return .forgotten(count: length)
    }

    func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try write(blob, attributes, condition) { found in
            guard blocks.count <= account.limits.blocks else { throw error(.blockListTooLong, blob) }
            let committed = Dictionary(
                (found.committed?.blocks ?? []).compactMap { block in block.id.map { ($0, block.contents) } },
                uniquingKeysWith: { first, _ in first })
            return try blocks.map { reference in
                let contents =
                    switch reference.place {
                    case .committed: committed[reference.id]
                    case .uncommitted: found.staged[reference.id]
                    case .latest: found.staged[reference.id] ?? committed[reference.id]
                    }
                guard let contents else { throw error(.invalidBlockList, blob) }
                return MemoryBlob.Block(id: reference.id, contents: contents)
            }
        }
    }

    func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        if let refusal = account.limits.refusal(ofPut: bytes.count) { throw error(refusal, blob) }
        return try put(account.contents(of: bytes), to: blob, attributes, condition)
    }

    func put(
        _ source: inout some ByteSource & ~Copyable, length: Int, to blob: BlobName, attributes: BlobAttributes,
        if condition: AccessCondition
    ) async throws -> WrittenBlob {
        if let refusal = account.limits.refusal(ofPut: length) { throw error(refusal, blob) }
        return try put(try await contents(&source, length: length, for: blob), to: blob, attributes, condition)
    }

    private func put(
        _ contents: MemoryContents, to blob: BlobName, _ attributes: BlobAttributes, _ condition: AccessCondition
    ) throws -> WrittenBlob {
        try write(blob, attributes, condition) { _ in
            contents.count == 0 ? [] : [MemoryBlob.Block(id: nil, contents: contents)]
        }
    }

    func blockList(of blob: BlobName) async throws -> BlockList {
        try withContainer { container in
            guard let found = container.blobs[blob] else { throw error(.blobNotFound, blob) }
            let committed = (found.committed?.blocks ?? []).compactMap { block in
                block.id.map { BlockList.Block(id: $0, size: block.contents.count) }
            }
            let staged = found.staged.map { BlockList.Block(id: $0.key, size: $0.value.count) }
            return BlockList(
                committed: committed, uncommitted: staged.sorted { $0.id.text < $1.id.text },
                properties: found.committed?.properties)
        }
    }

    func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        let found = try committed(blob, condition)
        guard let wanted = range.clipped(to: found.properties.size) else { throw error(.invalidRange, blob) }
        guard wanted.count <= buffer.freeCapacity else { throw error(.badRequest, blob) }
        guard account.keepsBytes else {
            buffer.append(repeating: 0, count: wanted.count)
            return found.properties
        }
        var position = 0
        for block in found.blocks {
            let part = wanted.clamped(to: position..<position + block.contents.count)
            block.contents.append(part.lowerBound - position..<part.upperBound - position, to: &buffer)
            position += block.contents.count
        }
        return found.properties
    }

    func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try committed(blob, condition).properties
    }

    func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        try withContainer { container in
            guard let state = container.blobs[blob]?.state else { throw error(.blobNotFound, blob) }
            if let refusal = condition.refusal(of: .write, state: state) { throw error(refusal, blob) }
            container.blobs[blob] = nil
        }
    }

    func list(_ query: BlobQuery) async throws -> BlobPage {
        var builder = try PageBuilder(query, container: container)
        let blobs = try withContainer { $0.blobs }
        var from = builder.start
        for (name, blob) in blobs.sorted(by: { $0.key < $1.key }) {
            guard let entry = entry(name, blob, query), !name.text.utf8.lexicographicallyPrecedes(from) else {
                continue
            }
            switch builder.offer(name, entry) {
            case .next: continue
            case .seek(let position): from = position
            case .stop: return builder.page
            }
        }
        return builder.page
    }

    func containerProperties() async throws -> ContainerProperties { try withContainer { $0.properties } }
}

extension MemoryStore {
    private func error(_ kind: BlobStoreError.Kind, _ blob: BlobName) -> BlobStoreError {
        BlobStoreError(kind, subject: "\(container)/\(blob)")
    }

    private func withContainer<Result: Sendable>(_ body: (inout MemoryContainer) throws -> Result) throws -> Result {
        try account.containers.withLock { containers in
            guard var found = containers.removeValue(forKey: container) else {
                throw BlobStoreError(.containerNotFound, subject: container.text)
            }
            defer { containers[container] = found }
            return try body(&found)
        }
    }

    /// Replaces the committed state by `blocks`, if the condition allows it, and drops what was staged.
    private func write(
        _ blob: BlobName, _ attributes: BlobAttributes, _ condition: AccessCondition,
        blocks: (MemoryBlob) throws -> [MemoryBlob.Block]
    ) throws -> WrittenBlob {
        try withContainer { container in
            let found = container.blobs[blob] ?? MemoryBlob()
            if let refusal = condition.refusal(of: .write, state: found.state) { throw error(refusal, blob) }
            let blocks = try blocks(found)
            let written = WrittenBlob(tag: account.newTag(), lastModified: account.now())
            let properties = BlobProperties(
                size: blocks.reduce(0) { $0 + $1.contents.count }, tag: written.tag, lastModified: written.lastModified,
                created: found.committed?.properties.created ?? written.lastModified, attributes: attributes)
            container.blobs[blob] = MemoryBlob(committed: .init(properties: properties, blocks: blocks))
            return written
        }
    }

    private func committed(_ blob: BlobName, _ condition: AccessCondition) throws -> MemoryBlob.Committed {
        try withContainer { container in
            guard let found = container.blobs[blob]?.committed else { throw error(.blobNotFound, blob) }
            let state = (found.properties.tag, found.properties.lastModified)
            if let refusal = condition.refusal(of: .read, state: state) { throw error(refusal, blob) }
            return found
        }
    }

    private func entry(_ name: BlobName, _ blob: MemoryBlob, _ query: BlobQuery) -> BlobPage.Entry? {
        guard var properties = blob.committed?.properties else {
            return query.includesUncommitted ? .uncommitted(name) : nil
        }
        if !query.includesMetadata { properties.attributes.metadata = [:] }
        return .blob(name, properties)
    }
}
