/// A value that must not be seen: a password, an account key, a token.
///
/// It prints, interpolates, dumps and describes itself as `(secret)`. What it holds is reached only by `reveal`, so that
/// a search for that word finds every place that could leak.
public struct Secret<Value: Sendable>: Sendable {
    private let value: Value

    public init(_ value: Value) { self.value = value }

    /// Hands the value to `body`, which must not keep it.
    public func reveal<Result, Failure: Error>(
        _ body: (Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(value)
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(secret)" }
    public var debugDescription: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
