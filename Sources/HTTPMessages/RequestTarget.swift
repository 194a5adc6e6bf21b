/// The two halves of what stands on a request line, as they were written.
///
/// Here and wherever targets, queries and URLs are cut, the marks are looked for as Unicode scalars: to Swift a `?`
/// followed by a combining accent is one character, and not a question mark, while every other server and proxy sees
/// one there.
public struct RequestTarget: Sendable, Equatable {
    public let path: Substring
    /// Without the question mark; empty where there is none.
    public let query: Substring

    public init(_ target: some StringProtocol) {
        let target = Substring(target)
        path = target.before("?")
        query = Substring(target.unicodeScalars[path.endIndex...].dropFirst())
    }
}

extension StringProtocol {
    /// Everything in front of the first of some marks.
    func before(_ marks: Unicode.Scalar...) -> Substring {
        Substring(Substring(self).unicodeScalars.prefix { !marks.contains($0) })
    }

    /// The parts between marks.
    public func cut(
        at mark: Unicode.Scalar, atMost cuts: Int = .max, keepingEmpty: Bool = true
    ) -> [Substring] {
        Substring(self).unicodeScalars.split(separator: mark, maxSplits: cuts, omittingEmptySubsequences: !keepingEmpty)
            .map { Substring($0) }
    }
}
