/// Follows the text of a COPY as it passes: counts its rows, and sees whether it ends as pg_dump ends it.
///
/// Rows end in line feeds, and hold none: COPY writes those as `\n`. Behind the last comes a line `\.`, then two empty
/// lines. Nothing is kept but the last two bytes.
public struct CopyText: Sendable {
    /// Lines before the end mark.
    public private(set) var rows = 0
    /// In bytes.
    public private(set) var size = 0
    /// The bytes of the line that has begun, as far as they have come.
    private var lineLength = 0
    private var last: (UInt8, UInt8) = (0, 0)
    private var hasEnded = false
    /// Bytes behind the end mark's line, and whether they are all line feeds.
    private var trailer = (count: 0, isEmpty: true)

    public init() {}

    public mutating func consume(_ bytes: Span<UInt8>) {
        var start = 0
        var index = 0
        let count = bytes.count
        while index < count, !hasEnded {
            if bytes[index] == 10 {
                endLine(bytes, start..<index)
                start = index + 1
            }
            index += 1
        }
        size += count
        if hasEnded {
            for index in start..<count {
                trailer.count += 1
                if bytes[index] != 10 { trailer.isEmpty = false }
            }
        } else {
            lineLength += count - start
            if count - start >= 2 { last.0 = bytes[count - 2] } else if count > start { last.0 = last.1 }
            if count > start { last.1 = bytes[count - 1] }
        }
    }

    private mutating func endLine(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        if lineLength + range.count == 2 {
            let first = range.count == 2 ? bytes[range.lowerBound] : range.count == 1 ? last.1 : last.0
            let second = range.count >= 1 ? bytes[range.upperBound - 1] : last.1
            hasEnded = first == UInt8(ascii: "\\") && second == UInt8(ascii: ".")
        }
        lineLength = 0
        if !hasEnded { rows += 1 }
    }

    /// What is wrong with the text, now that it has ended; `nil` if it is whole.
    public var fault: String? {
        guard hasEnded else {
            return lineLength > 0
                ? "its text ends within row \(rows + 1), without the end mark `\\.`"
                : "its text ends after \(rows) rows without the end mark `\\.`"
        }
        guard trailer.isEmpty, trailer.count <= 2 else {
            return "bytes that do not belong there follow the end mark `\\.` behind row \(rows)"
        }
        return trailer.count == 2 ? nil : "its text is cut behind the end mark `\\.`"
    }
}
