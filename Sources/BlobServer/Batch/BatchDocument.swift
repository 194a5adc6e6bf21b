import HTTPMessages

/// The parts of a batch, as its body holds them: `multipart/mixed`, each part a request without a body.
///
/// Nothing but text lines that end in CRLF: whatever else comes is refused as a whole, before anything is done.
/// Source: <https://learn.microsoft.com/rest/api/storageservices/blob-batch#request-body>
struct BatchDocument {
    struct Part: Equatable {
        /// What tells the answer to this part from the others; given back as it came.
        var contentID: String?
        var method = ""
        /// Path and query as they stand on the request line.
        var target = ""
        var fields = HTTPFields()
    }

    /// The largest body, in bytes.
    static let largest = 4 << 20
    /// Bodies up to this size, in bytes, are read however many come at once.
    static let tiny = 16 << 10
    /// The most parts.
    static let mostParts = 256
    private static let longestLine = 16 << 10
    private static let mostFields = 64

    /// What was not read yet; `nil` once the last line was.
    private var rest: ArraySlice<UInt8>?
    private let delimiter: [UInt8]

    /// - Parameter contentType: The value of the request's `Content-Type`, which names the delimiter.
    static func parts(of body: [UInt8], contentType: String?) throws(ServiceFailure) -> [Part] {
        var document = BatchDocument(
            rest: body[...], delimiter: Array("--\(try boundary(of: contentType ?? ""))".utf8))
        return try document.parts()
    }

    // MARK: - The document

    private mutating func parts() throws(ServiceFailure) -> [Part] {
        guard try nextText().map(Array.init) == delimiter else {
            throw Self.malformed("The body does not begin with the delimiter that Content-Type names.")
        }
        var parts: [Part] = []
        while true {
            guard parts.count < Self.mostParts else {
                throw ServiceFailure(
                    400, "ExceedsMaxBatchRequestCount",
                    "The batch operation exceeds the maximum of \(Self.mostParts) sub-requests.")
            }
            parts.append(try part())
            let end = try nextText().map(Array.init)
            if end == delimiter { continue }
            guard end == delimiter + Array("--".utf8) else {
                throw Self.malformed("A part has a body, or does not end with the delimiter.")
            }
            guard try nextText() == nil else { throw Self.malformed("Something follows the last delimiter.") }
            return parts
        }
    }

    private mutating func part() throws(ServiceFailure) -> Part {
        let head = try fields()
        let type = head["Content-Type"]?.prefix { $0 != ";" }.lowercased() ?? ""
        guard type == "application/http" else { throw Self.malformed("A part is not application/http.") }
        let encoding = head["Content-Transfer-Encoding"]?.lowercased() ?? "binary"
        guard encoding == "binary" else { throw Self.malformed("A part is not binary.") }
        var part = Part(contentID: head["Content-ID"])
        let words = try line().split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1", words[1].hasPrefix("/") else {
            throw Self.malformed("A part does not begin with a request line of HTTP/1.1 and a path.")
        }
        (part.method, part.target) = (String(words[0]), String(words[1]))
        part.fields = try fields()
        guard (part.fields["Content-Length"] ?? "0") == "0", part.fields["Transfer-Encoding"] == nil else {
            throw Self.malformed("A part has a body.")
        }
        return part
    }

    /// Header fields up to an empty line.
    private mutating func fields() throws(ServiceFailure) -> HTTPFields {
        var fields = HTTPFields()
        while true {
            let line = try line()
            guard !line.isEmpty else { return fields }
            guard fields.all.count < Self.mostFields else { throw Self.malformed("A part has too many fields.") }
            guard let colon = line.firstIndex(of: ":"), Self.isToken(line[..<colon]) else {
                throw Self.malformed("A line is no header field.")
            }
            let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
            let value = line[line.index(after: colon)...].drop(while: blank)
            let end = value.lastIndex { !blank($0) }
            fields.append(String(line[..<colon]), end.map { String(value[...$0]) } ?? "")
        }
    }

    private mutating func line() throws(ServiceFailure) -> String {
        guard let bytes = try nextLine() else { throw Self.malformed("A part is not complete.") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Self.malformed("A line is not UTF-8.") }
        return text
    }

    // MARK: - Lines and words

    /// The next line that is not empty.
    private mutating func nextText() throws(ServiceFailure) -> ArraySlice<UInt8>? {
        while let line = try nextLine() { if !line.isEmpty { return line } }
        return nil
    }

    /// The next line of the body, without its end; the last may have none.
    private mutating func nextLine() throws(ServiceFailure) -> ArraySlice<UInt8>? {
        guard let bytes = rest else { return nil }
        let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
        rest = end.map { bytes[($0 + 1)...] }
        var line = bytes[..<(end ?? bytes.endIndex)]
        if end != nil, line.popLast() != UInt8(ascii: "\r") { throw Self.malformed("A line does not end in CRLF.") }
        let isText = line.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
        guard isText, line.count <= Self.longestLine else {
            throw Self.malformed("A line is too long or holds a control character.")
        }
        return line
    }

    /// The `boundary` of `multipart/mixed; boundary=…`: 1 to 70 characters, in quotes or not.
    private static func boundary(of contentType: String) throws(ServiceFailure) -> String {
        let parts = contentType.split(separator: ";").map { $0.trimming(" ") }
        guard parts.first?.lowercased() == "multipart/mixed" else { throw .header("Content-Type", contentType) }
        let values = parts.dropFirst().filter { $0.lowercased().hasPrefix("boundary=") }.map { $0.dropFirst(9) }
        guard values.count == 1, let value = values.first else { throw .header("Content-Type", contentType) }
        let isQuoted = value.count > 1 && value.hasPrefix("\"") && value.hasSuffix("\"")
        let text = isQuoted ? value.dropFirst().dropLast() : value
        let allowed = "'()+_,-./:=? "
        guard (1...70).contains(text.utf8.count), text.last != " ",
            text.utf8.allSatisfy({ isLetterOrDigit($0) || allowed.utf8.contains($0) })
        else { throw .header("Content-Type", contentType) }
        return String(text)
    }

    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isLetterOrDigit($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    static func malformed(_ reason: String) -> ServiceFailure {
        ServiceFailure(
            400, "InvalidInput", ServiceMessage.text(for: "InvalidInput"),
            details: [ServiceFailure.Detail("Reason", reason)])
    }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> Substring {
        let start = drop { $0 == character }
        return start.lastIndex { $0 != character }.map { start[...$0] } ?? ""
    }
}
