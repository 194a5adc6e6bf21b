import CCurl
import HTTPMessages

/// The header lines of a request in libcurl's form, with its own defaults switched off.
@safe struct HeaderList: ~Copyable {
    let list: UnsafeMutablePointer<curl_slist>?

    init(_ request: HTTPRequest, _ settings: TransportSettings) throws(HTTPFailure) {
        var lines: [String] = []
        for field in request.fields.all where !Self.isSame(field.name, "Content-Length") {
            guard Self.isName(field.name), Self.isValue(field.value) else {
                throw HTTPFailure(
                    kind: .malformed, peer: request.url.peer, detail: "the field \(field.name) cannot be sent")
            }
            // An empty value would take the field out.
            lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        if request.fields["User-Agent"] == nil { lines.append("User-Agent: \(settings.userAgent)") }
        for name in ["Accept", "Content-Type", "Expect", "Transfer-Encoding"] where request.fields[name] == nil {
            lines.append("\(name):")
        }
        unsafe list = try Self.make(lines, peer: request.url.peer)
    }

    deinit { unsafe curl_slist_free_all(list) }

    private static func make(
        _ lines: [String], peer: String
    ) throws(HTTPFailure) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = unsafe curl_slist_append(list, line) else {
                unsafe curl_slist_free_all(list)
                throw HTTPFailure(kind: .broken, peer: peer, detail: "libcurl has no memory for a header")
            }
            unsafe list = longer
        }
        return unsafe list
    }

    private static func isSame(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ";") }
    }

    /// No control characters but tabs: a line break would begin another field.
    private static func isValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
