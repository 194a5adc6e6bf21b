import CMicroHTTPD
import HTTPMessages

/// The header fields of a request, and whether they make sense together.
struct RequestHead {
    private(set) var fields: HTTPFields = [:]
    /// Bytes of all names and values.
    private var size = 0
    /// True if a name or value holds a control character other than a tab, or is no UTF-8.
    ///
    /// Nobody needs them (RFC 9110, 5.5), and neither the XML of a listing nor a line of the log can hold them.
    private var isMalformed = false

    struct Refusal: Error { let status: Int }

    init() {}

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
        add(unsafe Self.bytes(name), unsafe Self.bytes(value))
    }

    private static func bytes(_ characters: UnsafeBufferPointer<CChar>) -> [UInt8] {
        unsafe characters.map { UInt8(bitPattern: $0) }
    }

    /// Takes a field as it came over the wire, without the white space around its value.
    mutating func add(_ name: [UInt8], _ value: [UInt8]) {
        size += name.count + value.count + 4
        guard let name = Self.text(name), let value = Self.text(value) else {
            isMalformed = true
            return
        }
        fields.append(name, value)
    }

    private static func text(_ bytes: [UInt8]) -> String? {
        bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 9 } ? String(validating: bytes, as: UTF8.self) : nil
    }

    var expectsContinue: Bool { fields["Expect"]?.lowercased() == "100-continue" }

    /// How long the body is, or why the request is refused.
    ///
    /// A target that is no UTF-8 comes as an empty one.
    /// Two lengths, or a length beside an encoding, are how requests are smuggled past a proxy (RFC 9112, 6.3).
    func judge(limit: Int, target: String) -> Result<ListenerRequest.Length, Refusal> {
        guard size + target.utf8.count <= limit else { return .failure(Refusal(status: 431)) }
        let lengths = fields.values(of: "Content-Length")
        let encodings = fields.values(of: "Transfer-Encoding")
        let isHostClear = fields.values(of: "Host").count <= 1
        let isTarget = !target.isEmpty && target.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        guard !isMalformed, isTarget, isHostClear, lengths.count + encodings.count <= 1 else {
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
