/// Pieces of sentences.
enum Phrase {
    /// `a`, `a or b`, `a, b or c`.
    static func list(_ items: [String], last word: String) -> String {
        guard let last = items.last, items.count > 1 else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " \(word) " + last
    }

    /// A word as the user wrote it, fit to be shown in one line: quoted, without control characters, cut short.
    static func quoted(_ text: String) -> String {
        let limit = 60
        var shown = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return "\"" + shown + (text.unicodeScalars.count > limit ? "..." : "") + "\""
    }

    /// A word out of place, shown only if it is plainly a name: anything else might be a URL with a signature, a
    /// connection string or a key that slipped out of its option.
    static func name(_ text: String) -> String? {
        let plain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
        return plain && !text.isEmpty && text.utf8.count <= 32 ? text : nil
    }

    /// A short option as the user wrote it; in quotes if it is no visible ASCII letter.
    static func letter(_ spelling: String) -> String {
        spelling.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? spelling : quoted(spelling)
    }
}
