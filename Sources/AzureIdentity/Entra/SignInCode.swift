import Diagnostics

/// A number with which Entra ID refuses, as in `AADSTS7000215`.
public struct SignInCode: Sendable, Hashable, CustomStringConvertible {
    public let number: Int

    public init(_ number: Int) { self.number = number }

    /// The first number in a text of the authority's.
    public init?(in text: String) {
        guard let mark = text.firstRange(of: "AADSTS") else { return nil }
        let digits = text[mark.upperBound...].prefix { $0.isASCII && $0.isNumber }
        guard (1...9).contains(digits.count), let number = Int(digits) else { return nil }
        self.number = number
    }

    public var description: String { "AADSTS\(number)" }

    private var entry: ErrorEntry? { ErrorReference.shared[description] }

    /// What it means: one clause; `nil` for one that is not known here.
    public var meaning: String? { entry?.meaning }
    public var remedy: String? { entry.flatMap { $0.advice.isEmpty ? nil : $0.advice } }
}
