import BlobStorage
import FoundationEssentials
import LocalIndex

/// Bytes that are on the disk: in a file of their own, or, if they are few, in the index.
struct Piece: Sendable {
    let number: Int
    let size: Int
    /// `nil` if they are in a file.
    let content: [UInt8]?
}

/// Everything about a write that does not depend on the state of the blob.
struct WriteRequest: Sendable {
    let container: ContainerName
    let blob: BlobName
    var attributes: BlobAttributes
    let condition: AccessCondition
    /// When the write is done, which may be long after it was asked for.
    var now: Date
    /// Makes the tag unlike those of any other store.
    let salt: UInt64
    /// What the written blob is beside its bytes and attributes.
    var service = ServiceState()
    /// Of the copy that this write begins or ends: that one alone may write to a blob while it is pending.
    var copyID: String?

    /// Why the blob of that row and state may not be written, if so.
    func refusal(_ row: BlobRow?, _ state: Revision?) -> BlobStoreError.Kind? {
        if let refusal = condition.refusal(of: .write, state: state?.state) { return refusal }
        if let copy = state?.properties.service.copy, copy.status == .pending {
            // The lease was shown when the copy began.
            return copy.id == copyID ? nil : .copyPending
        }
        return Lease.refusal(of: .write, id: condition.lease, lease: row?.lease, at: now)
    }

    /// Why the blob of that row and state may not be replaced by the one of this request, if so.
    func refusalToReplace(_ row: BlobRow?, _ state: Revision?) -> BlobStoreError.Kind? {
        if let refusal = refusal(row, state) { return refusal }
        guard let found = state?.properties else { return nil }
        // What a copy began itself it may end, in whatever tier it is to be.
        if let copyID, found.service.copy?.id == copyID { return nil }
        if found.service.kind != service.kind { return .wrongBlobKind }
        return found.attributes.tier == .archive ? .archived : nil
    }

    func describing(_ copy: CopyDescription) -> WriteRequest {
        var write = self
        write.attributes = copy.attributes
        write.service.kind = copy.kind
        write.service.copy = copy.state
        return write
    }

    func error(_ kind: BlobStoreError.Kind) -> BlobStoreError {
        BlobStoreError(kind, subject: "\(container)/\(blob)")
    }
}

/// What a write made, and the pieces whose files nobody needs any more.
struct WriteOutcome: Sendable {
    let written: WrittenBlob
    let garbage: [Int]
}

/// A run of bytes of a piece.
struct Extent: Sendable {
    let piece: Int
    let start: Int
    let size: Int
}

extension IndexConnection {
    /// Throws what would refuse a block of that id; answers the blob if it is known.
    mutating func checkStage(
        _ id: BlockID, of name: BlobName, in container: ContainerName, limit: Int, lease: LeaseRule = .ignored
    ) throws -> (container: Int, blob: BlobRow?) {
        let number = try number(of: container)
        let row = try blob(name, in: number)
        if let refusal = lease.refusal(of: row?.lease) {
            throw BlobStoreError(refusal, subject: "\(container)/\(name)")
        }
        guard let found = row else { return (number, nil) }
        if let refusal = try refusalToStage(found) {
            throw BlobStoreError(refusal, subject: "\(container)/\(name)")
        }
        guard found.staged > 0 else { return (number, row) }
        let other = try first("SELECT id FROM staged WHERE blob = ? LIMIT 1", [.integer(found.id)]) { $0.text(0) ?? "" }
        if let other, other.utf8.count != id.text.utf8.count {
            throw BlobStoreError(.invalidBlockID, subject: "\(container)/\(name)")
        }
        let replaces = try first(
            "SELECT 1 FROM staged WHERE blob = ? AND id = ?", [.integer(found.id), .text(id.text)]
        ) { _ in true }
        guard found.staged < limit || replaces != nil else {
            throw BlobStoreError(.tooManyBlocks, subject: "\(container)/\(name)")
        }
        return (number, found)
    }

    /// Why no block can be staged for a blob, if so.
    private mutating func refusalToStage(_ blob: BlobRow) throws -> BlobStoreError.Kind? {
        guard let current = blob.current else { return nil }
        return try first(
            "SELECT kind, \(Self.isCopying) FROM revision WHERE id = ?", [.integer(current)]
        ) { row -> BlobStoreError.Kind? in
            if row.integer(1) != 0 { return .copyPending }
            return row.text(0) == BlobKind.block.rawValue ? nil : .wrongBlobKind
        }.flatMap(\.self)
    }

    /// Records an uncommitted block; answers the pieces that are needed no more.
    mutating func stage(
        _ piece: Piece, as id: BlockID, of name: BlobName, in container: ContainerName, limit: Int, now: Date,
        lease: LeaseRule = .ignored
    ) throws -> [Int] {
        // First the row, to which that of the block refers; a refusal takes it back.
        try insert(piece)
        return try stage(
            Extent(piece: piece.number, start: 0, size: piece.size), as: id, of: name, in: container, limit: limit,
            now: now, lease: lease)
    }

    /// Records a part of a piece that is known as an uncommitted block.
    mutating func stage(
        _ extent: Extent, as id: BlockID, of name: BlobName, in container: ContainerName, limit: Int, now: Date,
        lease: LeaseRule
    ) throws -> [Int] {
        let (number, found) = try checkStage(id, of: name, in: container, limit: limit, lease: lease)
        let blob = try found?.id ?? insertBlob(name, in: number)
        let key: [IndexValue] = [.integer(blob), .text(id.text)]
        let old = try first("SELECT piece FROM staged WHERE blob = ? AND id = ?", key) { $0.integer(0) }
        try run(
            "INSERT OR REPLACE INTO staged (blob, id, piece, start, size) VALUES (?, ?, ?, ?, ?)",
            key + [.integer(extent.piece), .integer(extent.start), .integer(extent.size)])
        try run(
            "UPDATE blob SET staged = staged + ?, staged_at = ? WHERE id = ?",
            [.integer(old == nil ? 1 : 0), .integer(now.seconds), .integer(blob)])
        return try release(old.map { [$0] } ?? [])
    }

    /// Makes a blob consist of blocks that are there.
    mutating func commit(_ blocks: [BlockReference], _ request: WriteRequest, limit: Int) throws -> WriteOutcome {
        try replace(request) { connection, found in
            guard blocks.count <= limit else { throw request.error(.blockListTooLong) }
            let committed = try connection.extents(
                "SELECT id, piece, start, size FROM block WHERE revision = ? AND id IS NOT NULL ORDER BY position",
                found?.current)
            let staged = try connection.extents("SELECT id, piece, start, size FROM staged WHERE blob = ?", found?.id)
            return try blocks.map { reference in
                let extent =
                    switch reference.place {
                    case .committed: committed[reference.id.text]
                    case .uncommitted: staged[reference.id.text]
                    case .latest: staged[reference.id.text] ?? committed[reference.id.text]
                    }
                guard let extent else { throw request.error(.invalidBlockList) }
                return (reference.id, extent)
            }
        }
    }

    /// Makes a blob consist of one new piece, or of nothing.
    mutating func put(_ piece: Piece?, _ request: WriteRequest) throws -> WriteOutcome {
        try replace(request) { connection, _ in
            guard let piece else { return [] }
            try connection.insert(piece)
            return [(nil, Extent(piece: piece.number, start: 0, size: piece.size))]
        }
    }

    /// Removes a name with all it stands for; answers the pieces that are needed no more.
    mutating func remove(blob: Int) throws -> [Int] {
        var pieces = try dropStaged(of: blob)
        let revisions = try all("SELECT id FROM revision WHERE blob = ?", [.integer(blob)]) { $0.integer(0) }
        for revision in revisions { pieces += try drop(revision: revision) }
        try run("DELETE FROM blob WHERE id = ?", [.integer(blob)])
        return try release(pieces)
    }

    /// Drops uncommitted blocks that are too old, and the name if there was nothing else.
    mutating func expireStaged(of blob: Int) throws -> [Int] {
        let pieces = try dropStaged(of: blob)
        // Even where there were none, or the name would be found again and again.
        try run("UPDATE blob SET staged = 0, staged_at = NULL WHERE id = ?", [.integer(blob)])
        try run("DELETE FROM blob WHERE id = ? AND current IS NULL", [.integer(blob)])
        return try release(pieces)
    }

    // MARK: - Steps

    mutating func replace(
        _ request: WriteRequest,
        blocks: (inout IndexConnection, BlobRow?) throws -> [(id: BlockID?, extent: Extent)]
    ) throws -> WriteOutcome {
        let number = try number(of: request.container)
        let found = try blob(request.blob, in: number)
        let old = try revision(request.blob, in: number)
        if let refusal = request.refusalToReplace(found, old) { throw request.error(refusal) }
        let blocks = try blocks(&self, found)
        let blob = try found?.id ?? insertBlob(request.blob, in: number)
        let properties = BlobProperties(
            size: blocks.reduce(0) { $0 + $1.extent.size }, tag: try newTag(salt: request.salt),
            lastModified: Date(seconds: request.now.seconds), created: old?.properties.created ?? request.now,
            attributes: request.attributes, service: request.service
        ).keepingTier(of: old?.properties, now: request.now)
        try insertRevision(of: blob, properties)
        let revision = lastInsertedID
        var position = 0
        for (id, extent) in blocks {
            try run(
                "INSERT INTO block (revision, position, id, piece, start, size) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    .integer(revision), .integer(position), id.map { .text($0.text) } ?? .null, .integer(extent.piece),
                    .integer(extent.start), .integer(extent.size),
                ])
            position += extent.size
        }
        try run("UPDATE blob SET current = ? WHERE id = ?", [.integer(revision), .integer(blob)])
        var pieces = try dropStaged(of: blob)
        if let old { pieces += try drop(revision: old.id) }
        let written = WrittenBlob(tag: properties.tag, lastModified: properties.lastModified)
        return WriteOutcome(written: written, garbage: try release(pieces))
    }

    mutating func insertBlob(_ name: BlobName, in container: Int) throws -> Int {
        try run("INSERT INTO blob (container, name) VALUES (?, ?)", [.integer(container), .text(name.text)])
        return lastInsertedID
    }

    mutating func insert(_ piece: Piece) throws {
        try run(
            "INSERT INTO piece (id, size, content) VALUES (?, ?, ?)",
            [.integer(piece.number), .integer(piece.size), piece.content.map { .bytes($0) } ?? .null])
    }

    private mutating func extents(_ text: String, _ owner: Int?) throws -> [String: Extent] {
        guard let owner else { return [:] }
        let rows = try all(text, [.integer(owner)]) { row in
            (row.text(0) ?? "", Extent(piece: row.integer(1), start: row.integer(2), size: row.integer(3)))
        }
        return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }

    private mutating func dropStaged(of blob: Int) throws -> [Int] {
        let pieces = try all("SELECT piece FROM staged WHERE blob = ?", [.integer(blob)]) { $0.integer(0) }
        guard !pieces.isEmpty else { return [] }
        try run("DELETE FROM staged WHERE blob = ?", [.integer(blob)])
        try run("UPDATE blob SET staged = 0, staged_at = NULL WHERE id = ?", [.integer(blob)])
        return pieces
    }

    mutating func drop(revision: Int) throws -> [Int] {
        let pieces = try all("SELECT piece FROM block WHERE revision = ?", [.integer(revision)]) { $0.integer(0) }
        try run("DELETE FROM block WHERE revision = ?", [.integer(revision)])
        try run("DELETE FROM revision WHERE id = ?", [.integer(revision)])
        return pieces
    }

    /// Forgets those pieces that nothing refers to; answers the ones that have files, which are in the trash now.
    mutating func release(_ pieces: [Int]) throws -> [Int] {
        var files: [Int] = []
        for piece in Set(pieces).sorted() {
            let used = try first(
                "SELECT 1 FROM block WHERE piece = ?1 UNION ALL SELECT 1 FROM staged WHERE piece = ?1",
                [.integer(piece)]
            ) { _ in true }
            guard used == nil else { continue }
            let inFile = try first("SELECT content IS NULL FROM piece WHERE id = ?", [.integer(piece)]) {
                $0.integer(0)
            }
            try run("DELETE FROM piece WHERE id = ?", [.integer(piece)])
            guard inFile == 1 else { continue }
            try run("INSERT INTO trash (piece) VALUES (?)", [.integer(piece)])
            files.append(piece)
        }
        return files
    }
}

extension BlobProperties {
    /// A blob that replaces another stays in its tier unless its writer chooses one.
    ///
    /// Source: <https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview>
    fileprivate func keepingTier(of old: BlobProperties?, now: Date) -> BlobProperties {
        var kept = self
        if attributes.tier != nil {
            kept.service.tierChanged = now
        } else {
            kept.attributes.tier = old?.attributes.tier
            kept.service.tierChanged = old?.service.tierChanged
        }
        return kept
    }
}
