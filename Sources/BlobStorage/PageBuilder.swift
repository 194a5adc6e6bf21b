import CryptoDigests

/// Makes one page of a listing from names in order: what every store does with prefix, delimiter, marker and limit.
///
/// A marker is the Base64 of the bytes at or after which the next page begins, so it means the same whatever was
/// inserted or deleted in the meantime. Where snapshots are listed, a marker may go on within a name: then a NUL, which no
/// name holds, and the last snapshot that was listed stand behind the name.
public struct PageBuilder: Sendable {
    /// What to do after a name was offered.
    public enum Advice: Sendable, Equatable {
        /// Offer the name that follows.
        case next
        /// Offer the first name at or after these bytes.
        case seek([UInt8])
        /// The page is complete.
        case stop
    }

    /// The bytes at or after which the first name is to be looked for.
    public let start: [UInt8]
    /// Snapshots of the name `start` up to this one were on earlier pages.
    private let startSnapshot: SnapshotID?
    private let prefix: [UInt8]
    private let delimiter: [UInt8]
    private let limit: Int
    private var entries: [BlobPage.Entry] = []
    private var afterLast: [UInt8] = []
    private var next: String?

    /// Throws `badRequest` for a limit out of range or a marker that no store gave.
    public init(_ query: BlobQuery, container: ContainerName) throws(BlobStoreError) {
        guard (1...5000).contains(query.limit) else { throw BlobStoreError(.badRequest, subject: container.text) }
        prefix = Array(query.prefix.utf8)
        delimiter = Array((query.delimiter ?? "").utf8)
        limit = query.limit
        let position = try Self.position(query.marker ?? "", container)
        let isBefore = position.name.lexicographicallyPrecedes(prefix)
        start = isBefore ? prefix : position.name
        startSnapshot = isBefore ? nil : position.snapshot
    }

    /// Where the page of a marker begins: at a name, or within it.
    private static func position(
        _ marker: String, _ container: ContainerName
    ) throws(BlobStoreError) -> (name: [UInt8], snapshot: SnapshotID?) {
        let refusal = BlobStoreError(.badRequest, subject: container.text)
        guard !marker.isEmpty else { return ([], nil) }
        guard let bytes = Base64.decode(marker) else { throw refusal }
        guard let end = bytes.firstIndex(of: 0), end + 1 < bytes.count else { return (bytes, nil) }
        guard let snapshot = SnapshotID(String(decoding: bytes[(end + 1)...], as: UTF8.self)) else { throw refusal }
        return (Array(bytes[..<end]), snapshot)
    }

    /// How many more names can be of use, the one that proves a next page included.
    public var wanted: Int { limit - entries.count + 1 }

    /// Takes the next name in order, or the next snapshot of a name: those come first, in their own order.
    public mutating func offer(
        _ name: BlobName, snapshot: SnapshotID? = nil, _ entry: @autoclosure () throws -> BlobPage.Entry
    ) rethrows -> Advice {
        let bytes = Array(name.text.utf8)
        guard bytes.starts(with: prefix) else { return .stop }
        if let snapshot, let startSnapshot, snapshot <= startSnapshot, bytes == start { return .next }
        guard entries.count < limit else {
            next = Base64.encode(afterLast)
            return .stop
        }
        guard let folded = fold(bytes) else {
            entries.append(try entry())
            afterLast = bytes + [0] + Array((snapshot?.text ?? "").utf8)
            return .next
        }
        entries.append(.prefix(String(decoding: folded, as: UTF8.self)))
        afterLast = Self.successor(of: folded)
        return .seek(afterLast)
    }

    public var page: BlobPage { BlobPage(entries: entries, next: next) }

    /// The part of a name up to the first delimiter behind the prefix, or `nil` if there is none.
    private func fold(_ name: [UInt8]) -> [UInt8]? {
        guard !delimiter.isEmpty, name.count >= prefix.count + delimiter.count else { return nil }
        let last = name.count - delimiter.count
        for position in prefix.count...last where name[position...].starts(with: delimiter) {
            return Array(name[..<(position + delimiter.count)])
        }
        return nil
    }

    /// The smallest bytes behind everything that begins with `text`: no byte of UTF-8 is 255, so the last can grow.
    private static func successor(of text: [UInt8]) -> [UInt8] {
        guard let last = text.last else { return text }
        return text.dropLast() + [last + 1]
    }
}
