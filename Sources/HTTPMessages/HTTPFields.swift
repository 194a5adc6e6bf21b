/// The header fields of a message: in order, with names compared without regard to case.
public struct HTTPFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public struct Field: Sendable, Equatable {
        public let name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public private(set) var all: [Field] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        all = elements.map { Field($0.0, $0.1) }
    }

    /// The value of the first field of that name; setting replaces all of that name, `nil` removes them.
    public subscript(_ name: String) -> String? {
        get { all.first { Self.same($0.name, name) }?.value }
        set {
            let kept = all.firstIndex { Self.same($0.name, name) }
            all.removeAll { Self.same($0.name, name) }
            guard let newValue else { return }
            all.insert(Field(name, newValue), at: min(kept ?? all.count, all.count))
        }
    }

    /// Every value of that name, in order.
    public func values(of name: String) -> [String] {
        all.filter { Self.same($0.name, name) }.map(\.value)
    }

    public mutating func append(_ name: String, _ value: String) { all.append(Field(name, value)) }

    /// Names are ASCII tokens, so comparing their ASCII lower case is enough.
    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte | 32 : byte }
}
