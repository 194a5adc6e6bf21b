import CMicroHTTPD
import HTTPMessages

/// The header fields of a request, and whether they make sense together.
struct RequestHead {
    private(set) var fields: HTTPFields = [:]
    /// Bytes of all names and values.
    private var size = 0
    /// True if a name is no token, or a value holds a NUL or a line break or is no UTF-8.
    ///
    /// A name with a blank before its colon is what one reader takes for a `Content-Length` and another does not
    /// (RFC 9112, 5.1).
    private var isMalformed = false

    struct Refusal: Error { let status: Int }

    @unsafe init(of connection: OpaquePointer) {
        unsafe withUnsafeMutablePointer(to: &self) { head in
            _ = unsafe MHD_get_connection_values_n(
                connection, .HEADER_KIND,
                { head, _, name, nameSize, value, valueSize in
                    unsafe head?.assumingMemoryBound(to: RequestHead.self).pointee.add(
                        UnsafeBufferPointer(start: name, count: nameSize),
                        UnsafeBufferPointer(start: value, count: valueSize))
                    return .YES
                }, head)
        }
    }

    private mutating func add(_ name: UnsafeBufferPointer<CChar>, _ value: UnsafeBufferPointer<CChar>) {
        size += name.count + value.count + 4
        guard let name = unsafe Self.text(name), let value = unsafe Self.text(value), Self.isToken(name),
            !value.utf8.contains(where: { $0 == 10 || $0 == 13 })
        else {
            isMalformed = true
            return
        }
        fields.append(name, value)
    }

    private static func text(_ characters: UnsafeBufferPointer<CChar>) -> String? {
        guard let start = characters.baseAddress else { return "" }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: characters.count)
        guard unsafe !bytes.contains(0) else { return nil }
        return unsafe String(validating: bytes, as: UTF8.self)
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    var expectsContinue: Bool { fields["Expect"]?.lowercased() == "100-continue" }

    /// How long the body is, or why the request is refused.
    ///
    /// Two lengths, or a length beside an encoding, are how requests are smuggled past a proxy (RFC 9112, 6.3).
    func judge(limit: Int, target: String) -> Result<ListenerRequest.Length, Refusal> {
        guard size + target.utf8.count <= limit else { return .failure(Refusal(status: 431)) }
        let lengths = fields.values(of: "Content-Length")
        let encodings = fields.values(of: "Transfer-Encoding")
        let isHostClear = fields.values(of: "Host").count <= 1
        guard !isMalformed, isHostClear, lengths.count + encodings.count <= 1 else {
            return .failure(Refusal(status: 400))
        }
        if let encoding = encodings.first {
            return encoding.lowercased() == "chunked" ? .success(.chunked) : .failure(Refusal(status: 501))
        }
        guard let length = lengths.first else { return .success(.absent) }
        guard !length.isEmpty, length.utf8.allSatisfy({ (48...57).contains($0) }), let count = Int(length) else {
            return .failure(Refusal(status: 400))
        }
        return .success(.known(count))
    }
}
