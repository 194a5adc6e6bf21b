/// How help is laid out.
public struct HelpStyle: Sendable {
    /// The width of a line in characters; at least 40.
    public let width: Int
    /// Whether titles and names are made bold with ANSI sequences.
    public let isEmphasized: Bool

    public init(width: Int = 80, isEmphasized: Bool = false) {
        self.width = max(40, width)
        self.isEmphasized = isEmphasized
    }

    func strong(_ text: String) -> String { isEmphasized ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
}
