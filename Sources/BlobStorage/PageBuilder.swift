import CryptoDigests

/// Makes one page of a listing from names in order: what every store does with prefix, delimiter, marker and limit.
///
/// A marker is the Base64 of the bytes at or after which the next page begins, so it means the same whatever was
/// inserted or deleted in the meantime.
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
        guard let marker = query.marker, !marker.isEmpty else {
            start = prefix
            return
        }
        guard let position = Base64.decode(marker) else { throw BlobStoreError(.badRequest, subject: container.text) }
        start = prefix.lexicographicallyPrecedes(position) ? position : prefix
    }

    /// How many more names can be of use, the one that proves a next page included.
    public var wanted: Int { limit - entries.count + 1 }

    /// Takes the next name in order.
    public mutating func offer(_ name: BlobName, _ entry: @autoclosure () throws -> BlobPage.Entry) rethrows -> Advice {
        let bytes = Array(name.text.utf8)
        guard bytes.starts(with: prefix) else { return .stop }
        guard entries.count < limit else {
            next = Base64.encode(afterLast)
            return .stop
        }
        guard let folded = fold(bytes) else {
            entries.append(try entry())
            afterLast = bytes + [0]
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
