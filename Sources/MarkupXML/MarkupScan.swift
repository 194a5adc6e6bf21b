/// A look at a document before the parser gets it, which takes a time quadratic in the attributes of a tag.
///
/// Finds no fault but these; whatever else is wrong is left to the parser.
struct MarkupScan {
    /// The longest tag, in bytes.
    static let longestTag = 8 << 10
    /// The most attributes of a tag.
    static let mostAttributes = 32

    private let bytes: [UInt8]
    private var position = 0

    /// Throws what keeps the parser from the document.
    static func check(_ document: [UInt8]) throws(XMLFailure) {
        var scan = MarkupScan(bytes: document)
        try scan.run()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() throws(XMLFailure) {
        // In another encoding than UTF-8 tags could look otherwise: those have NULs, or do not begin like that.
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let first = bytes[start...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard first == UInt8(ascii: "<"), !bytes.contains(0) else {
            throw XMLFailure(kind: .malformed, line: 1, column: 1, detail: "the document is no XML in UTF-8")
        }
        while let next = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
            position = next
            if skip("<!--", to: "-->") || skip("<![CDATA[", to: "]]>") || skip("<?", to: "?>") { continue }
            guard !isHere("<!") else { throw XMLFailure(kind: .documentType, line: 0, column: 0, detail: "") }
            try skipTag()
        }
    }

    private mutating func skipTag() throws(XMLFailure) {
        let end = min(bytes.count, position + Self.longestTag)
        var quote: UInt8?
        var attributes = 0
        for index in position..<end {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: ">") {
                position = index + 1
                return
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                attributes += 1
                guard attributes <= Self.mostAttributes else { break }
            }
        }
        // One that the document's end cuts short is the parser's to refuse.
        guard end == bytes.count, attributes <= Self.mostAttributes else {
            throw XMLFailure(kind: .tagTooLong, line: 0, column: 0, detail: "")
        }
        position = end
    }

    /// Passes over what begins here with `opening`, up to the end of `closing` or of the document.
    private mutating func skip(_ opening: StaticString, to closing: StaticString) -> Bool {
        guard isHere(opening) else { return false }
        position += opening.utf8CodeUnitCount
        while position < bytes.count, !isHere(closing) { position += 1 }
        position = min(bytes.count, position + closing.utf8CodeUnitCount)
        return true
    }

    private func isHere(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        return text.withUTF8Buffer { unsafe bytes[position..<position + count].elementsEqual($0) }
    }
}
