/// An element of a small document: its name, its attributes, its text and its children.
public struct XMLElement: Sendable, Equatable {
    public let name: String
    public var attributes: [String: String]
    /// All character data directly inside, white space kept.
    public var text: String
    public var children: [XMLElement]

    public init(_ name: String, attributes: [String: String] = [:], text: String = "", children: [XMLElement] = []) {
        self.name = name
        self.attributes = attributes
        self.text = text
        self.children = children
    }

    /// The first child of that name.
    public subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The children of that name, in order.
    public func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of the first child of that name; `nil` if there is none or it is empty.
    public func text(of name: String) -> String? {
        guard let text = self[name]?.text, !text.isEmpty else { return nil }
        return text
    }
}
