import BlobStorage
import FoundationEssentials
import LocalIndex

/// What the index knows of a name.
struct BlobRow: Sendable {
    let id: Int
    /// The committed state, if there is one.
    let current: Int?
    /// How many uncommitted blocks there are.
    let staged: Int
    let lease: Lease?
}

extension IndexConnection {
    mutating func blob(_ name: BlobName, in container: Int) throws -> BlobRow? {
        try first(
            "SELECT b.id, b.current, b.staged, \(Self.leaseColumns("b")) FROM blob b WHERE b.container = ? AND b.name = ?",
            [.integer(container), .text(name.text)]
        ) { row in
            BlobRow(
                id: row.integer(0), current: row.isNull(1) ? nil : row.integer(1), staged: row.integer(2),
                lease: Self.lease(row, from: 3))
        }
    }

    /// One page of a listing.
    mutating func list(_ query: BlobQuery, in container: ContainerName) throws -> BlobPage {
        var builder = try PageBuilder(query, container: container)
        let number = try number(of: container)
        let committed = query.includesUncommitted ? "" : "AND r.id IS NOT NULL "
        let (listed, order) =
            query.includesSnapshots
            ? ("r.blob = b.id AND (r.id = b.current OR r.snapshot IS NOT NULL)", ", r.snapshot IS NULL, r.snapshot")
            : ("r.id = b.current", "")
        let text =
            "SELECT b.name, \(Self.revisionColumns) FROM blob b LEFT JOIN revision r ON \(listed) "
            + "WHERE b.container = ? AND b.name >= ? \(committed)ORDER BY b.name\(order)"
        var from: [UInt8]? = builder.start
        var failure: (any Error)?
        while let start = from {
            from = nil
            try forEach(text, [.integer(number), .textBytes(start)]) { row in
                do {
                    let name = try BlobName(row.text(0) ?? "")
                    let state = row.isNull(1) ? nil : Self.revision(row, from: 1).properties
                    switch builder.offer(
                        name, snapshot: state?.service.snapshot, Self.entry(name, state, query))
                    {
                    case .next: return true
                    case .seek(let position): from = position
                    case .stop: break
                    }
                } catch {
                    failure = BlobStoreError(.corrupt, subject: container.text, cause: error)
                }
                return false
            }
            if let failure { throw failure }
        }
        return builder.page
    }

    private static func entry(_ name: BlobName, _ state: BlobProperties?, _ query: BlobQuery) -> BlobPage.Entry {
        guard var properties = state else { return .uncommitted(name) }
        if !query.includesMetadata { properties.attributes.metadata = [:] }
        return .blob(name, properties)
    }

    mutating func blockList(of name: BlobName, in container: ContainerName) throws -> BlockList {
        let number = try number(of: container)
        guard let found = try blob(name, in: number) else {
            throw BlobStoreError(.blobNotFound, subject: "\(container)/\(name)")
        }
        let committed = try found.current.map { try blocks(of: $0) } ?? []
        let staged = try all(
            "SELECT id, size FROM staged WHERE blob = ? ORDER BY id", [.integer(found.id)], Self.listed)
        return BlockList(
            committed: committed, uncommitted: staged.compactMap(\.self),
            properties: try revision(name, in: number)?.properties)
    }

    /// The blocks of a revision that have ids, in its order.
    mutating func blocks(of revision: Int) throws -> [BlockList.Block] {
        try all(
            "SELECT id, size FROM block WHERE revision = ? AND id IS NOT NULL ORDER BY position",
            [.integer(revision)], Self.listed
        ).compactMap(\.self)
    }

    private static func listed(_ row: borrowing IndexRow) -> BlockList.Block? {
        BlockID(text: row.text(0) ?? "").map { BlockList.Block(id: $0, size: row.integer(1)) }
    }
}
