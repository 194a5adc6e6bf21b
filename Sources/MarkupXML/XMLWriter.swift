/// Writes documents as the blob service does: in UTF-8, on one line, empty elements as `<Name />`.
public struct XMLWriter: Sendable {
    /// The document so far.
    public private(set) var text = #"<?xml version="1.0" encoding="utf-8"?>"#
    /// Where the element begun last has its content, in bytes of the text.
    private var inside = 0

    public init() {}

    private init(text: String) { self.text = text }

    /// Writes elements that become part of another document.
    public static var fragment: XMLWriter { XMLWriter(text: "") }

    /// The document with the byte order mark that the service puts in front of every answer.
    public var bytesWithMark: [UInt8] { [0xEF, 0xBB, 0xBF] + Array(text.utf8) }

    /// Writes an element with what `content` writes inside.
    public mutating func element(
        _ name: String, attributes: KeyValuePairs<String, String> = [:], _ content: (inout XMLWriter) -> Void
    ) {
        begin(name, attributes: attributes)
        content(&self)
        end(name)
    }

    /// Writes the beginning of an element, for a content that is not there at once; ``end(_:)`` must follow.
    public mutating func begin(_ name: String, attributes: KeyValuePairs<String, String> = [:]) {
        text += "<" + name
        for (key, value) in attributes { text += " \(key)=\"\(Self.escape(value))\"" }
        text += ">"
        inside = text.utf8.count
    }

    /// Writes the end of an element, which may have begun in an earlier fragment.
    public mutating func end(_ name: String) {
        if text.utf8.count == inside {
            text.removeLast()
            text += " />"
        } else {
            text += "</\(name)>"
        }
    }

    /// Writes an element that holds only text.
    public mutating func element(_ name: String, attributes: KeyValuePairs<String, String> = [:], _ content: String) {
        element(name, attributes: attributes) { $0.text += Self.escape(content) }
    }

    /// True if XML 1.0 can carry the text: no control character but tab and line breaks, no U+FFFE or U+FFFF.
    public static func canCarry(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy(canCarry)
    }

    private static func canCarry(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: true
        case 0x00...0x1F, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            // A parser would read a bare carriage return as a line feed.
            case "\r": escaped += "&#xD;"
            // Better a mark of its place than a document that nobody can read.
            default: escaped.unicodeScalars.append(canCarry(scalar) ? scalar : "\u{FFFD}")
            }
        }
        return escaped
    }
}
