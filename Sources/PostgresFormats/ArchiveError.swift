public import Diagnostics

/// Why bytes are no archive that Penstock can read, or no complete one.
public struct ArchiveError: ExplainedError, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Not one byte came.
        case empty = "archive.empty"
        /// The first bytes are not those of a custom-format archive.
        case notCustom = "archive.not-custom"
        case versionTooOld = "archive.version-too-old"
        case versionTooNew = "archive.version-too-new"
        /// Integers or offsets have sizes that no platform of PostgreSQL has.
        case integerSizes = "archive.integer-sizes"
        /// Header and table of contents are larger than the caller allows.
        case contentsTooLarge = "archive.contents-too-large"
        /// The bytes break the format's rules.
        case damaged = "archive.damaged"
        /// The bytes end inside the prefix or inside a block.
        case truncated = "archive.truncated"
        /// The bytes end between two blocks, and an entry's data has not come.
        case memberMissing = "archive.member-missing"
        /// A block belongs to no entry, or to one that has no data or data of another kind.
        case memberUnexpected = "archive.member-unexpected"
        case memberRepeated = "archive.member-repeated"
        /// A block does not lie where the table of contents says.
        case offsetMismatch = "archive.offset-mismatch"
        case dependencyCycle = "archive.dependency-cycle"
    }

    public let kind: Kind
    /// The offset in the archive at which this was seen, in bytes; `nil` where no one place is to blame.
    public let position: Int?
    public let summary: String

    init(_ kind: Kind, at position: Int? = nil, _ summary: String) {
        self.kind = kind
        self.position = position
        self.summary = summary
    }

    public var code: String { kind.rawValue }

    public var remedy: String? {
        switch kind {
        case .empty, .truncated, .memberMissing:
            "Do not use these bytes: find out why the program that wrote them stopped early, then make the dump again."
        case .notCustom:
            "Make the dump with `pg_dump --format=custom`, and unpack a file that was compressed afterwards."
        case .versionTooOld:
            "Make the dump again with pg_dump 9.0 or later."
        case .versionTooNew:
            "Update Penstock, or make the dump with a pg_dump of PostgreSQL 18 or earlier."
        case .contentsTooLarge:
            "Raise `--memory`: a quarter of it is for the table of contents."
        case .dependencyCycle:
            "Restore this archive as one stream with `pg_restore`, which keeps to the archive's own order."
        case .integerSizes, .damaged, .memberUnexpected, .memberRepeated, .offsetMismatch:
            "Compare the bytes with the original's, and make the dump again if there is none."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .notCustom, .versionTooOld, .versionTooNew, .integerSizes: .toolMismatch
        case .contentsTooLarge: .limit
        case .dependencyCycle: .failed
        case .empty, .damaged, .truncated, .memberMissing, .memberUnexpected, .memberRepeated, .offsetMismatch:
            .integrity
        }
    }
}

extension ArchiveError {
    static func damaged(at position: Int, _ what: String) -> ArchiveError {
        ArchiveError(.damaged, at: position, "the archive is damaged at byte \(position): \(what)")
    }

    static func truncated(at position: Int, inside part: String) -> ArchiveError {
        ArchiveError(.truncated, at: position, "the archive ends at byte \(position), inside \(part)")
    }

    /// - Parameter size: the least size that the prefix can have, by what has been read of it.
    public static func contentsTooLarge(_ size: Int, maximum: Int) -> ArchiveError {
        ArchiveError(
            .contentsTooLarge,
            "the archive's table of contents has at least \(size) bytes, and \(maximum) are allowed")
    }
}
