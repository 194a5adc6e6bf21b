import ByteStreams
import HTTPListener
import HTTPMessages

/// A request to one of the stage's services, with its whole body.
struct StageRequest: Sendable {
    /// The largest body, in bytes.
    static let largestBody = 1 << 20

    let method: String
    /// The parts of the path, decoded, without empty ones.
    let segments: [String]
    let query: HTTPQuery
    let fields: HTTPFields
    /// `https://localhost:10000`, as the client sees the stage.
    let base: String
    let host: String
    let body: [UInt8]

    init(_ head: ListenerRequest, body: [UInt8]) throws(StageFailure) {
        let target = RequestTarget(head.target)
        guard let query = HTTPQuery(encoded: target.query) else { throw .malformed("the query is not encoded well") }
        var segments: [String] = []
        for part in target.path.cut(at: "/", keepingEmpty: false) {
            guard let text = PercentCoding.decode(part), Self.isPlain(text) else {
                throw .malformed("the path is not encoded well")
            }
            segments.append(text)
        }
        method = head.method
        self.segments = segments
        self.query = query
        fields = head.fields
        host = head.fields["Host"] ?? "localhost"
        base = "\(head.scheme)://\(host)"
        self.body = body
    }

    /// What goes into answers and their header fields must not hold control characters.
    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "/" && $0 != "\\" }
    }

    /// The value of a parameter, found without regard to case.
    func parameter(_ name: String) -> String? {
        query.all.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as JSON; an empty one is an empty object.
    func document() throws(StageFailure) -> JSONValue {
        guard !body.isEmpty else { return .object([:]) }
        guard let value = JSONValue(json: body), value.fields != nil else {
            throw .malformed("the body is no JSON object")
        }
        return value
    }

    /// The body as the fields of a form.
    func form() throws(StageFailure) -> HTTPQuery {
        guard let text = String(validating: body, as: UTF8.self), let form = HTTPQuery(encoded: text) else {
            throw .malformed("the body is no form")
        }
        return form
    }

    /// What stands behind `Bearer`; `nil` for another scheme or none.
    var bearer: String? {
        let values = fields.values(of: "Authorization")
        guard values.count == 1 else { return nil }
        let words = values[0].split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}

extension StageRequest {
    /// Reads a body whole; one that is too large is refused before it is read.
    static func collect(_ body: inout RequestBody) async throws -> [UInt8] {
        switch body.length {
        case .absent: return []
        case .known(let length):
            guard length <= largestBody else { throw StageFailure.tooLarge }
            return try await body.collect(length)
        case .chunked:
            let bytes = try await body.piece(of: largestBody + 1)
            guard bytes.count <= largestBody else { throw StageFailure.tooLarge }
            return bytes
        }
    }
}
