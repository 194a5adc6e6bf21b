import BlobStorage
import PostgresFormats

/// Members that one pg_restore restores in one transaction, in the order in which they lie in the archive.
struct RestoreBatch: Sendable, Hashable {
    let members: [StoredArchive.Member]

    /// In bytes, of the archive.
    var size: Int { members.reduce(0) { $0 + $1.range.count } }

    /// What is read of the blob; neighbours are read at once.
    var ranges: [Range<Int>] {
        members.reduce(into: []) { ranges, member in
            if let last = ranges.last, last.upperBound == member.range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<member.range.upperBound
            } else {
                ranges.append(member.range)
            }
        }
    }

    func member(at position: Int) -> StoredArchive.Member? { members.first { $0.range.contains(position) } }
}

extension RestoreBatch {
    /// A member of this size is worth a pg_restore of its own, in bytes.
    ///
    /// It is also what must be read to check a single byte: so that no part of the blob is read for many batches, small
    /// members that begin in the same run of this size are restored together.
    static let largeSize = PieceDigests.largestPiece
    /// The most members of a batch; a transaction holds a lock on each of their tables.
    static let mostMembers = 400

    /// Puts members into batches, the largest first: what takes longest must not begin last.
    ///
    /// - Parameter members: In the order in which they lie in the archive.
    static func plan(_ members: [StoredArchive.Member]) -> [RestoreBatch] {
        let start = members.first?.range.lowerBound ?? 0
        func run(_ member: StoredArchive.Member) -> Int { (member.range.lowerBound - start) / largeSize }
        var batches: [RestoreBatch] = []
        var small: [StoredArchive.Member] = []
        for member in members {
            guard member.range.count < largeSize else {
                batches.append(RestoreBatch(members: [member]))
                continue
            }
            if let first = small.first, small.count == mostMembers || run(first) != run(member) {
                batches.append(RestoreBatch(members: small))
                small = []
            }
            small.append(member)
        }
        if !small.isEmpty { batches.append(RestoreBatch(members: small)) }
        // Among equals the order stays, by which tables that depend on each other come as pg_dump listed them.
        let sizes = batches.map(\.size)
        return batches.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }.map { batches[$0] }
    }
}
