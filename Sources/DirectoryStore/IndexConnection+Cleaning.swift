import LocalIndex

// Each of these does a bounded piece of work, since writes that are waited for come behind it in the same queue.

extension IndexConnection {
    /// About as many blocks as may go in one transaction; at least one blob goes.
    private static let portion = 2000

    /// Removes some blobs of a deleted container, or the container if it has none left; `nil` if there is none.
    mutating func collectContainer() throws -> [Int]? {
        let number = try first("SELECT id FROM container WHERE name IS NULL LIMIT 1") { $0.integer(0) }
        guard let number else { return nil }
        let blobs = try all(
            "SELECT id, staged FROM blob WHERE container = ? LIMIT 200", [.integer(number)]
        ) { (id: $0.integer(0), staged: $0.integer(1)) }
        if blobs.isEmpty { try run("DELETE FROM container WHERE id = ?", [.integer(number)]) }
        return try removing(blobs) { connection, blob in
            let blocks = try connection.first(
                "SELECT count(*) FROM revision r JOIN block k ON k.revision = r.id WHERE r.blob = ?",
                [.integer(blob.id)]
            ) { $0.integer(0) }
            return (blob.staged + (blocks ?? 0), try connection.remove(blob: blob.id))
        }
    }

    /// Drops the uncommitted blocks of some blobs that got none since `time`; `nil` if there are no such blobs.
    mutating func expireStaged(before time: Int) throws -> [Int]? {
        let blobs = try all(
            "SELECT id, staged FROM blob WHERE staged > 0 AND staged_at < ? LIMIT 100", [.integer(time)]
        ) { (id: $0.integer(0), staged: $0.integer(1)) }
        guard !blobs.isEmpty else { return nil }
        return try removing(blobs) { connection, blob in
            (blob.staged, try connection.expireStaged(of: blob.id))
        }
    }

    private mutating func removing<Blob>(
        _ blobs: [Blob], _ remove: (inout IndexConnection, Blob) throws -> (blocks: Int, garbage: [Int])
    ) throws -> [Int] {
        var (blocks, garbage) = (0, [Int]())
        for blob in blobs where blocks < Self.portion {
            let removed = try remove(&self, blob)
            blocks += removed.blocks
            garbage += removed.garbage
        }
        return garbage
    }

    /// Has the database keep note of what it needs to shrink later; for one without tables.
    mutating func letShrink() throws {
        // The write-ahead log has made the file already, and only this rewrites it.
        try execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
    }

    /// How much of the database is used for nothing.
    mutating func pages() throws -> IndexPages {
        // 2 is INCREMENTAL; databases that were made without it cannot shrink.
        let canShrink = try first("PRAGMA auto_vacuum") { $0.integer(0) } == 2
        return IndexPages(
            all: try first("PRAGMA page_count") { $0.integer(0) } ?? 0,
            free: canShrink ? try first("PRAGMA freelist_count") { $0.integer(0) } ?? 0 : 0)
    }

    mutating func shrink(by pages: Int) throws { try run("PRAGMA incremental_vacuum(\(pages))") }

    /// Some pieces of the trash, in their order.
    mutating func trash(after piece: Int, limit: Int) throws -> [Int] {
        try all(
            "SELECT piece FROM trash WHERE piece > ? ORDER BY piece LIMIT ?", [.integer(piece), .integer(limit)]
        ) { $0.integer(0) }
    }

    /// Says that each number of a run is settled.
    mutating func giveBack(run first: Int) throws {
        try run("DELETE FROM reservation WHERE first = ?", [.integer(first)])
    }

    mutating func forget(_ trash: [Int]) throws {
        for piece in trash { try run("DELETE FROM trash WHERE piece = ?", [.integer(piece)]) }
    }
}

/// The pages of a database, of 4 KiB.
struct IndexPages: Sendable {
    let all: Int
    /// Those that new rows will take first.
    let free: Int

    /// True if so much is free that the coming writes will hardly need it: giving back what is taken again at once
    /// would cost both ways.
    var areTooMany: Bool { free > max(1024, all / 4) }
    /// True if there is something left to give back once that has begun.
    var areStillMany: Bool { free > max(256, all / 16) }
}
