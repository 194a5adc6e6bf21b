public import Diagnostics
public import FoundationEssentials

/// The name of a recovery point: the `{backup_name}` in front of its blobs' names.
///
/// It must leave the names of its blobs readable: no `_database_` inside, no ending that names a part.
public struct RecoveryPointName: Sendable, Hashable, Comparable {
    public let text: String

    /// With `_database` at the end, `{name}_roles.sql` would be the database `roles` of a shorter name.
    static let reservedEndings = ["_database", "_roles", "_schemas", "_tablespaces", "_manifest", "_timestamp"]

    public init(_ text: String) throws(RecoveryPointNameError) {
        guard !text.isEmpty else { throw RecoveryPointNameError(name: text, reason: "is empty") }
        guard text.utf8.count <= 200 else {
            throw RecoveryPointNameError(name: text, reason: "has more than 200 bytes")
        }
        let bytes = Array(text.utf8)
        guard !bytes.contains("_database_".utf8) else {
            throw RecoveryPointNameError(name: text, reason: "contains `_database_`")
        }
        if let ending = Self.reservedEndings.first(where: { bytes.reversed().starts(with: $0.utf8.reversed()) }) {
            throw RecoveryPointNameError(name: text, reason: "ends in `\(ending)`")
        }
        guard text.unicodeScalars.allSatisfy(Self.isAllowed) else {
            throw RecoveryPointNameError(name: text, reason: "holds a slash, a backslash, a control character or a `%`")
        }
        guard text.first != ".", text.first != " ", text.last != ".", text.last != " " else {
            throw RecoveryPointNameError(name: text, reason: "begins or ends with a dot or a space")
        }
        self.text = text
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && !"/\\%".unicodeScalars.contains(scalar)
    }

    /// Ordered as the blobs are listed: by the bytes of the UTF-8 form.
    public static func < (left: RecoveryPointName, right: RecoveryPointName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    // Swift's own comparison of strings takes canonically equivalent ones for equal; blob names are not.
    public static func == (left: RecoveryPointName, right: RecoveryPointName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension RecoveryPointName {
    /// The default name: `{server}_{yyyyMMdd'T'HHmmss'Z'}`.
    ///
    /// What `server` holds beside letters, digits, dots and hyphens becomes a hyphen.
    public static func standard(server: String, at time: Date) -> RecoveryPointName {
        let kept = server.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "-" }
        let trimmed = String(kept).drop { $0 == "." || $0 == "-" }
        let host = trimmed.isEmpty ? "server" : String(trimmed.prefix(100))
        let stamp = time.formatted(Date.ISO8601FormatStyle()).filter { $0 != "-" && $0 != ":" }
        return RecoveryPointName(known: "\(host)_\(stamp)")
    }

    private init(known text: String) { self.text = text }
}

extension RecoveryPointName: CustomStringConvertible {
    public var description: String { text }
}

public struct RecoveryPointNameError: ExplainedError, Equatable {
    public let name: String
    /// What is wrong with it, as the end of a sentence.
    public let reason: String

    public var code: String { "name.recovery-point" }
    public var summary: String { "the name \(name.isEmpty ? "of the recovery point" : "`\(name)`") \(reason)" }
    public var remedy: String? { "Choose a name such as `nightly-2026-01-31`, with `--name`." }
    public var exitCode: ExitCode { .wrongUsage }
}
