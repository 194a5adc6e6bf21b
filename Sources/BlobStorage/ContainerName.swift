public import Diagnostics

/// The name of a container: 3 to 63 lower-case letters, digits and single hyphens, or `$root`, `$web`, `$logs`.
public struct ContainerName: Sendable, Hashable, Comparable {
    public let text: String

    public init(_ text: String) throws(ContainerNameError) {
        if !["$root", "$web", "$logs"].contains(text) { try Self.check(text) }
        self.text = text
    }

    private static func check(_ text: String) throws(ContainerNameError) {
        guard (3...63).contains(text.utf8.count) else { throw ContainerNameError(name: text, kind: .length) }
        let letters = Array(text.utf8)
        for (index, letter) in letters.enumerated() {
            switch letter {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): continue
            case UInt8(ascii: "-"):
                let between = index > 0 && index < letters.count - 1 && letters[index - 1] != UInt8(ascii: "-")
                guard between else { throw ContainerNameError(name: text, kind: .hyphen) }
            default: throw ContainerNameError(name: text, kind: .character)
            }
        }
    }

    public static func < (left: ContainerName, right: ContainerName) -> Bool { left.text < right.text }
}

extension ContainerName: CustomStringConvertible {
    public var description: String { text }
}

public struct ContainerNameError: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case length
        case character
        case hyphen
    }

    public let name: String
    public let kind: Kind

    public var code: String { "name.container" }

    public var summary: String {
        switch kind {
        case .length: "the container name \(name) does not have 3 to 63 characters"
        case .character: "the container name \(name) holds something else than lower-case letters, digits and hyphens"
        case .hyphen: "the container name \(name) has a hyphen at an end or two in a row"
        }
    }

    public var remedy: String? { "Choose a name such as `pg-backups`." }
    public var exitCode: ExitCode { .wrongUsage }
}
