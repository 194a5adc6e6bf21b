/// A text of paragraphs between blank lines; a paragraph whose lines are all indented is kept as it is.
struct Prose: Sendable {
    enum Paragraph: Sendable, Equatable {
        case flowing(String)
        case verbatim([String])
    }

    let paragraphs: [Paragraph]

    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Self.trimmed(String($0)) }
        paragraphs = lines.split(separator: "").map { block in
            guard block.allSatisfy({ $0.hasPrefix("  ") }) else { return .flowing(block.joined(separator: " ")) }
            return .verbatim(block.map { String($0.dropFirst(2)) })
        }
    }

    /// The lines of the text, each at most `width` characters unless one word is longer, blank ones in between.
    func lines(width: Int) -> [String] {
        let blocks = paragraphs.map { paragraph in
            switch paragraph {
            case .flowing(let text): Self.wrap(text, width: width)
            case .verbatim(let lines): lines.map { "  " + $0 }
            }
        }
        return Array(blocks.joined(separator: [""]))
    }

    /// Fills lines with the words of `text`.
    static func wrap(_ text: String, width: Int) -> [String] {
        wrap(words: text.split(separator: " ").map(String.init), width: width)
    }

    /// Fills lines with words, which may contain blanks that must stay.
    static func wrap(words: [String], width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var length = 0
        for word in words {
            let count = word.count
            if length > 0, length + 1 + count > width {
                lines.append(line)
                (line, length) = ("", 0)
            }
            line += length > 0 ? " " + word : word
            length += (length > 0 ? 1 : 0) + count
        }
        return length > 0 ? lines + [line] : lines
    }

    private static func trimmed(_ line: String) -> String {
        guard let end = line.lastIndex(where: { $0 != " " }) else { return "" }
        return String(line[...end])
    }
}
