import CLibXML

/// Reads small XML documents; external and internal entities are never resolved.
public enum XMLReader {
    /// The root element of a document in UTF-8, with or without a byte order mark.
    ///
    /// - Parameter limit: The most elements it may have. Nesting deeper than 32 is refused: the protocol needs 7. So is a
    ///   tag of more than 8 KiB or 32 attributes.
    public static func read(_ document: [UInt8], limit: Int = 100_000) throws(XMLFailure) -> XMLElement {
        try MarkupScan.check(document)
        let reader = try Reader(document)
        return try reader.root(limit: limit)
    }

    private static let deepest = 32

    /// One pass of libxml2's pull parser over a document held in memory.
    @safe private struct Reader: ~Copyable {
        private let document: UnsafeMutableBufferPointer<CChar>
        private let reader: xmlTextReaderPtr

        init(_ bytes: [UInt8]) throws(XMLFailure) {
            guard bytes.count <= Int32.max else {
                throw XMLFailure(kind: .tooComplex, line: 0, column: 0, detail: "")
            }
            // The parser reads from this copy until the reader is freed.
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(1, bytes.count))
            for (index, byte) in bytes.enumerated() { unsafe copy[index] = CChar(bitPattern: byte) }
            let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
            let made = unsafe xmlReaderForMemory(
                copy.baseAddress, Int32(bytes.count), nil, "UTF-8", Int32(options))
            guard let made = unsafe made else {
                unsafe copy.deallocate()
                throw XMLFailure(kind: .malformed, line: 1, column: 1, detail: "the document could not be opened")
            }
            unsafe document = copy
            unsafe reader = made
        }

        deinit {
            unsafe xmlFreeTextReader(reader)
            unsafe document.deallocate()
        }

        func root(limit: Int) throws(XMLFailure) -> XMLElement {
            var open: [XMLElement] = []
            var count = 0
            while try advance() {
                switch unsafe xmlTextReaderNodeType(reader) {
                case Int32(XML_READER_TYPE_ELEMENT.rawValue):
                    count += 1
                    guard count <= limit, open.count < deepest else { throw failure(.tooComplex) }
                    let isEmpty = unsafe xmlTextReaderIsEmptyElement(reader) == 1
                    open.append(XMLElement(name, attributes: attributes()))
                    if isEmpty, let root = close(&open) { return try finish(root) }
                case Int32(XML_READER_TYPE_END_ELEMENT.rawValue):
                    if let root = close(&open) { return try finish(root) }
                case Int32(XML_READER_TYPE_TEXT.rawValue), Int32(XML_READER_TYPE_CDATA.rawValue),
                    Int32(XML_READER_TYPE_SIGNIFICANT_WHITESPACE.rawValue),
                    Int32(XML_READER_TYPE_WHITESPACE.rawValue):
                    if !open.isEmpty { open[open.count - 1].text += value }
                case Int32(XML_READER_TYPE_DOCUMENT_TYPE.rawValue),
                    Int32(XML_READER_TYPE_ENTITY_REFERENCE.rawValue):
                    throw failure(.documentType)
                default: continue  // comments and processing instructions
                }
            }
            throw failure(.malformed)
        }

        /// Reads on to the end, so that what follows the root is checked too.
        private func finish(_ root: XMLElement) throws(XMLFailure) -> XMLElement {
            while try advance() {}
            return root
        }

        /// Closes the innermost element; answers it if it was the root.
        private func close(_ open: inout [XMLElement]) -> XMLElement? {
            let element = open.removeLast()
            guard !open.isEmpty else { return element }
            open[open.count - 1].children.append(element)
            return nil
        }

        private func advance() throws(XMLFailure) -> Bool {
            switch unsafe xmlTextReaderRead(reader) {
            case 1: return true
            case 0: return false
            default: throw failure(.malformed)
            }
        }

        private func attributes() -> [String: String] {
            var attributes: [String: String] = [:]
            while unsafe xmlTextReaderMoveToNextAttribute(reader) == 1 { attributes[name] = value }
            _ = unsafe xmlTextReaderMoveToElement(reader)
            return attributes
        }

        private var name: String { unsafe text(xmlTextReaderConstLocalName(reader)) }
        private var value: String { unsafe text(xmlTextReaderConstValue(reader)) }

        private func text(_ pointer: UnsafePointer<xmlChar>?) -> String {
            guard let pointer = unsafe pointer else { return "" }
            return unsafe String(cString: pointer)
        }

        private func failure(_ kind: XMLFailure.Kind) -> XMLFailure {
            let line = Int(unsafe xmlTextReaderGetParserLineNumber(reader))
            let column = Int(unsafe xmlTextReaderGetParserColumnNumber(reader))
            return XMLFailure(kind: kind, line: line, column: column, detail: Self.lastError())
        }

        private static func lastError() -> String {
            guard let error = unsafe xmlGetLastError(), let message = unsafe error.pointee.message else { return "" }
            let text = unsafe String(cString: message)
            return String(text.prefix { !$0.isNewline })
        }
    }
}
