public import HTTPMessages

/// What of a request its signature covers, and the strings to sign made of it.
public struct SignedText: Sendable {
    /// How the lines of the `x-ms-` headers are sorted.
    public enum HeaderOrder: Sendable, CaseIterable { case word, ordinal }
    /// What the `Date` line holds when the request has `x-ms-date` too: nothing by the rule, the header in some SDKs.
    public enum DateLine: Sendable, CaseIterable { case empty, header }

    public let method: HTTPMethod
    /// Path and query exactly as on the request line.
    public let target: String
    public let fields: HTTPFields
    /// `nil` where the request has no `Content-Length`.
    public let contentLength: Int?
    /// Without `-secondary`.
    public let account: String

    public init(method: HTTPMethod, target: String, fields: HTTPFields, contentLength: Int?, account: String) {
        self.method = method
        self.target = target
        self.fields = fields
        self.contentLength = contentLength
        self.account = account
    }

    public init(_ request: HTTPRequest, contentLength: Int?, account: String) {
        self.init(
            method: request.method, target: request.url.target, fields: request.fields, contentLength: contentLength,
            account: account)
    }

    /// The string to sign of `SharedKey`.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>
    public func sharedKey(order: HeaderOrder = .word, date: DateLine = .empty) -> String {
        let lines = [
            method.rawValue, field("Content-Encoding"), field("Content-Language"), lengthLine, field("Content-MD5"),
            field("Content-Type"), dateLine(date), field("If-Modified-Since"), field("If-Match"),
            field("If-None-Match"), field("If-Unmodified-Since"), field("Range"),
        ]
        return lines.joined(separator: "\n") + "\n" + headerLines(order) + resource
    }

    /// The string to sign of `SharedKeyLite`.
    public func sharedKeyLite(order: HeaderOrder = .word, date: DateLine = .empty) -> String {
        let lines = [method.rawValue, field("Content-MD5"), field("Content-Type"), dateLine(date)]
        return lines.joined(separator: "\n") + "\n" + headerLines(order) + liteResource
    }

    /// The same request with another target.
    func withTarget(_ target: String) -> SignedText {
        SignedText(method: method, target: target, fields: fields, contentLength: contentLength, account: account)
    }

    // MARK: - Lines

    private func field(_ name: String) -> String { fields[name] ?? "" }

    /// Empty for 0 since version 2015-02-21, before that the digit.
    private var lengthLine: String {
        guard let contentLength else { return "" }
        if contentLength == 0, fields["x-ms-version"].map({ $0 >= "2015-02-21" }) ?? true { return "" }
        return String(contentLength)
    }

    private func dateLine(_ rule: DateLine) -> String {
        rule == .empty && fields["x-ms-date"] != nil ? "" : field("Date")
    }

    private func headerLines(_ order: HeaderOrder) -> String {
        var values: [String: [String]] = [:]
        for field in fields.all {
            let name = field.name.lowercased()
            guard name.hasPrefix("x-ms-") else { continue }
            values[name, default: []].append(Self.folded(field.value))
        }
        let names = order == .word ? values.keys.sorted(by: WordOrder.precedes) : values.keys.sorted(by: Self.ordinal)
        return names.map { "\($0):\(values[$0, default: []].joined(separator: ","))\n" }.joined()
    }

    /// Without white space at the ends, and each run of it outside quotes made one space.
    private static func folded(_ value: String) -> String {
        var text = ""
        var quoted = false
        var pending = false
        for scalar in value.unicodeScalars {
            if scalar.properties.isWhitespace, !quoted {
                pending = !text.isEmpty
                continue
            }
            if pending { text += " " }
            pending = false
            if scalar == "\"" { quoted.toggle() }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    // MARK: - Resource

    private var path: Substring { RequestTarget(target).path }
    private var query: Substring { RequestTarget(target).query }

    private var resource: String {
        var values: [String: [String]] = [:]
        for parameter in parameters { values[parameter.name.lowercased(), default: []].append(parameter.value) }
        let lines = values.keys.sorted(by: Self.ordinal).map { name in
            "\n\(name):" + values[name, default: []].sorted(by: Self.ordinal).joined(separator: ",")
        }
        return "/\(account)\(path.isEmpty ? "/" : path)" + lines.joined()
    }

    private var liteResource: String {
        let comp = parameters.first { $0.name.lowercased() == "comp" }
        return "/\(account)\(path.isEmpty ? "/" : path)" + (comp.map { "?comp=\($0.value)" } ?? "")
    }

    /// A query with a broken escape is signed as if it had no parameters; whoever serves requests refuses it anyway.
    private var parameters: [HTTPQuery.Parameter] { HTTPQuery(encoded: query)?.all ?? [] }

    private static func ordinal(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
