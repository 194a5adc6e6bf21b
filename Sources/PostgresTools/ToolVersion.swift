/// The version of a client program.
public struct ToolVersion: Sendable, Hashable, Comparable {
    /// 15 for 15.20 and for 15devel.
    public let major: Int
    /// `nil` for versions before their release, such as `17beta1`.
    public let minor: Int?
    /// As the program says it: `15.20`, `16beta1`, `17devel`.
    public let text: String

    /// Reads the answer to `--version`: `pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`.
    ///
    /// `nil` for anything else, and for versions before 10, which had two numbers before the minor one.
    public init?(answer: String) {
        guard let line = answer.split(whereSeparator: \.isNewline).first,
            let name = line.firstRange(of: "(PostgreSQL) "),
            let word = line[name.upperBound...].split(separator: " ").first
        else { return nil }
        self.init(String(word))
    }

    /// Reads `15.20`, `16beta1`, `17devel`.
    public init?(_ text: String) {
        let digits = text.prefix(while: \.isDigit)
        guard let major = Int(digits), major >= 10, digits.count <= 4 else { return nil }
        let rest = text.dropFirst(digits.count)
        if rest.isEmpty || rest.first == "." {
            let minor = rest.dropFirst().prefix(while: \.isDigit)
            guard rest.isEmpty || !minor.isEmpty, minor.count <= 9 else { return nil }
            self.minor = rest.isEmpty ? 0 : Int(minor)
        } else {
            let names = ["devel", "alpha", "beta", "rc"]
            guard names.contains(where: { rest.hasPrefix($0) }) else { return nil }
            minor = nil
        }
        self.major = major
        self.text = text
    }

    /// Versions before the release come before it.
    public static func < (left: ToolVersion, right: ToolVersion) -> Bool {
        (left.major, left.minor ?? -1, left.text) < (right.major, right.minor ?? -1, right.text)
    }
}

extension Character {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
