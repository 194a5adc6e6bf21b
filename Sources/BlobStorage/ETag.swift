/// The tag of one state of a blob or container: opaque, with its quotes, as in the header.
public struct ETag: Sendable, Hashable {
    public let text: String

    /// Takes the tag as a header or a listing gives it; quotes are added where a listing leaves them out.
    public init(_ text: String) { self.text = text.hasPrefix("\"") ? text : "\"\(text)\"" }
}

extension ETag: CustomStringConvertible {
    public var description: String { text }
}
