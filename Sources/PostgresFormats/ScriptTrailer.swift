/// Sees whether a script of pg_dump's is whole: it ends with a comment that pg_dump writes last of all.
///
/// Behind it newer pg_dumps take back the restriction of psql that they began with. Nothing but the last bytes is kept.
/// The comment proves that nothing was cut off, not that pg_dump ended well: ask its exit status for that.
public struct ScriptTrailer: Sendable {
    private var last: [UInt8] = []
    /// Room for the comment, and the key that may follow it.
    private static let kept = 1024
    private static let mark = "-- PostgreSQL database dump complete"

    public init() {}

    public mutating func consume(_ bytes: Span<UInt8>) {
        let end = bytes.extracting(last: Self.kept)
        last.removeFirst(max(0, min(last.count, last.count + end.count - Self.kept)))
        for index in end.indices { last.append(end[index]) }
    }

    /// Whether the script may end here.
    public var isComplete: Bool {
        var lines = last.split(separator: UInt8(ascii: "\n"))[...]
        // A mark whose line was cut is none.
        guard last.last == UInt8(ascii: "\n") else { return false }
        if let line = lines.last, line.starts(with: "\\unrestrict ".utf8) { lines = lines.dropLast() }
        return lines.suffix(3).elementsEqual(["--", Self.mark, "--"]) { $0.elementsEqual($1.utf8) }
    }
}
