/// The few words of roff that a manual page needs.
enum Roff {
    /// `text` as roff shows it: escapes, dashes that can be copied, non-ASCII characters by number.
    static func plain(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "\"": result += "\\(dq"
            case "\u{20}"..."\u{7E}": result.unicodeScalars.append(scalar)
            case _ where scalar.value > 0x7F:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
            default: result += " "
            }
        }
        return result
    }

    static func bold(_ text: String) -> String { "\\fB" + plain(text) + "\\fR" }

    static func italic(_ text: String) -> String { "\\fI" + plain(text) + "\\fR" }

    /// A line of running text, in which what stands between backticks is bold.
    static func running(_ text: String) -> String {
        let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
        guard pieces.count % 2 == 1 else { return guarded(plain(text)) }
        let formatted = pieces.enumerated().map { index, piece in
            index % 2 == 1 ? bold(String(piece)) : plain(String(piece))
        }
        return guarded(formatted.joined())
    }

    /// A line that roff will not take for a request.
    static func guarded(_ line: String) -> String { line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line }

    /// A heading; quotes inside would end the macro's argument.
    static func heading(_ macro: String, _ title: String) -> String { ".\(macro) \"\(plain(title))\"" }

    /// Lines that are set as they are.
    static func verbatim(_ lines: [String]) -> [String] {
        [".PP", ".RS 4", ".nf"] + lines.map { $0.isEmpty ? "\\&" : guarded(plain($0)) } + [".fi", ".RE"]
    }

    /// Paragraphs, each begun with `.PP`.
    static func prose(_ text: String) -> [String] {
        Prose(text).paragraphs.flatMap { paragraph in
            switch paragraph {
            case .flowing(let text): [".PP", running(text)]
            case .verbatim(let lines): verbatim(lines)
            }
        }
    }
}
