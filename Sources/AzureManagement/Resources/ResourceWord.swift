/// A word of a resource's description, such as `StorageV2` or `Enabled`; compared without regard to case.
///
/// The resource manager does not keep to one spelling: `Enabled` and `enabled` both occur.
public struct ResourceWord: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public static func == (left: ResourceWord, right: ResourceWord) -> Bool {
        left.text.lowercased() == right.text.lowercased()
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(text.lowercased()) }

    public var description: String { text }
}

extension ResourceWord: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { text = value }
}

extension ResourceWord: Decodable {
    public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }
}
