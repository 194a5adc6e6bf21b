/// A run of bytes of a blob: from `start`, and up to but not including `end` where that is known.
public struct ByteRange: Sendable, Hashable {
    /// At least 0.
    public let start: Int
    /// Beyond `start`, or `nil` for "to the end of the blob".
    public let end: Int?

    public init(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && !range.isEmpty, "a byte range holds at least one byte")
        start = range.lowerBound
        end = range.upperBound
    }

    public init(from start: Int) {
        precondition(start >= 0, "a byte range starts at 0 or later")
        self.start = start
        end = nil
    }

    /// Reads `bytes=a-b` or `bytes=a-`; `nil` for anything else, suffix ranges and lists too (the service refuses them).
    ///
    /// A start at `Int.max` is taken for the number before it: nothing is there either, and there is one behind it.
    public init?(header: String) {
        guard header.hasPrefix("bytes=") else { return nil }
        let parts = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let start = Self.number(parts[0]) else { return nil }
        if parts[1].isEmpty {
            self.init(from: min(start, Int.max - 1))
        } else {
            guard let last = Self.number(parts[1]), last >= start, last < Int.max else { return nil }
            self.init(start..<last + 1)
        }
    }

    /// `bytes=a-b`, for `x-ms-range`.
    public var header: String { "bytes=\(start)-" + (end.map { String($0 - 1) } ?? "") }

    /// The part of it that a blob of `size` bytes has, or `nil` if it starts at or beyond the end.
    public func clipped(to size: Int) -> Range<Int>? {
        start < size ? start..<min(end ?? size, size) : nil
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}

/// What `Content-Range` says of a partial answer: which bytes of how many.
public struct ContentRange: Sendable, Hashable {
    public let bytes: Range<Int>
    public let total: Int

    public init(bytes: Range<Int>, total: Int) {
        self.bytes = bytes
        self.total = total
    }

    /// Reads `bytes a-b/total`.
    public init?(header: String) {
        guard header.hasPrefix("bytes "), let slash = header.firstIndex(of: "/"),
            let total = Int(header[header.index(after: slash)...]),
            let range = ByteRange(header: "bytes=" + header[..<slash].dropFirst(6)), let end = range.end, end <= total
        else { return nil }
        self.init(bytes: range.start..<end, total: total)
    }

    public var header: String { "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(total)" }
}
