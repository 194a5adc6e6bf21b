/// A value that a statement is given.
public enum IndexValue: Sendable, Equatable {
    case null
    case integer(Int)
    case text(String)
    /// Text by its bytes, which need not be whole characters: the border of a range of texts.
    case textBytes([UInt8])
    case bytes([UInt8])
}

extension IndexValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(nilLiteral: ()) { self = .null }
}
