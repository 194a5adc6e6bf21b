import CPostgres

/// Connection URIs and `key=value` strings, taken apart by libpq.
enum ConnectionInfo {
    /// The keywords that are there with their values; `nil` for what libpq cannot read.
    ///
    /// Why it cannot is not said: libpq's words may quote a password.
    static func parse(_ text: String) -> [String: String]? {
        guard !text.utf8.contains(0), let options = unsafe PQconninfoParse(text, nil) else { return nil }
        defer { unsafe PQconninfoFree(options) }
        var values: [String: String] = [:]
        var next = unsafe options
        while let keyword = unsafe next.pointee.keyword {
            if let value = unsafe next.pointee.val { unsafe values[String(cString: keyword)] = String(cString: value) }
            unsafe next += 1
        }
        return values
    }
}
