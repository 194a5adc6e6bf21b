/// The parameters of a URL's query: in order, decoded.
public struct HTTPQuery: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public struct Parameter: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    public private(set) var all: [Parameter] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        all = elements.map { Parameter(name: $0.0, value: $0.1) }
    }

    /// Reads `a=b&c`; `nil` for a broken escape.
    public init?(encoded: some StringProtocol) {
        for pair in encoded.cut(at: "&", keepingEmpty: false) {
            let parts = pair.cut(at: "=", atMost: 1)
            guard let name = PercentCoding.decode(parts[0], plusIsSpace: true),
                let value = PercentCoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { return nil }
            all.append(Parameter(name: name, value: value))
        }
    }

    /// The value of the first parameter of that name.
    public subscript(_ name: String) -> String? { all.first { $0.name == name }?.value }

    public var isEmpty: Bool { all.isEmpty }

    public mutating func append(_ name: String, _ value: String) {
        all.append(Parameter(name: name, value: value))
    }

    /// `a=b&c=`, percent-encoded.
    public var encoded: String {
        all.map { "\(PercentCoding.encode($0.name))=\(PercentCoding.encode($0.value))" }.joined(separator: "&")
    }
}
