public import Diagnostics

/// A part of an archive that cannot be chosen.
public struct SelectionError: ExplainedError {
    public enum Kind: Sendable, Hashable {
        /// A name that was given matches nothing; `noun` is what it was given as, `nearest` what was perhaps meant.
        case unknownName(noun: String, name: String, nearest: String?)
        /// Each name matches something, and all of it is taken away again by what else was asked for.
        case nothingSelected
        /// The list names an entry that the archive does not have.
        case unknownEntry(dumpID: Int)
        case listUnreadable(line: Int)
        case listEmpty
        case listForSeveral
        /// The blob is SQL or a tar archive.
        case notCustom
        /// pg_restore did not list the archive.
        case listingFailed
    }

    public let kind: Kind
    public let database: String
    public let cause: (any Error)?

    init(_ kind: Kind, database: String = "", cause: (any Error)? = nil) {
        self.kind = kind
        self.database = database
        self.cause = cause
    }

    public var code: String {
        switch kind {
        case .unknownName: "selection.unknown-name"
        case .nothingSelected: "selection.nothing"
        case .unknownEntry: "selection.unknown-entry"
        case .listUnreadable: "selection.list-unreadable"
        case .listEmpty: "selection.list-empty"
        case .listForSeveral: "selection.list-for-several"
        case .notCustom: "selection.not-custom"
        case .listingFailed: "selection.listing-failed"
        }
    }

    public var summary: String {
        switch kind {
        case .unknownName(let noun, let name, let nearest):
            "the archive of `\(database)` holds no \(noun) `\(name)`"
                + (nearest.map { "; did you mean `\($0)`?" } ?? "")
        case .nothingSelected: "nothing in the archive of `\(database)` is everything that was asked for at once"
        case .unknownEntry(let dumpID): "the archive of `\(database)` has no entry \(dumpID), which the list names"
        case .listUnreadable(let line): "line \(line) of the list does not begin with the number of an entry"
        case .listEmpty: "the list names no entry"
        case .listForSeveral: "a list of entries belongs to the archive of one database, and several would be restored"
        case .notCustom: "the blob of `\(database)` is no custom archive, and only of those can a part be restored"
        case .listingFailed: "the archive of `\(database)` could not be listed"
        }
    }

    public var remedy: String? {
        switch kind {
        case .unknownName(noun: "table", _, _):
            "Give the bare name, and its schema with `--schema`; `penstock restore LOCATION --list` lists all there is."
        case .unknownName, .nothingSelected:
            "List all there is with `penstock restore LOCATION --list`, and compare the names."
        case .unknownEntry, .listUnreadable, .listEmpty:
            "Make the list with `penstock restore LOCATION --list` from this recovery point, and take lines out of it."
        case .listForSeveral: "Name the database with `--only`."
        case .notCustom: "Restore all of it, or take the part by hand: `penstock download` writes its bytes."
        case .listingFailed: nil
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .unknownName, .nothingSelected, .unknownEntry: .notFound
        case .listUnreadable, .listEmpty, .listForSeveral, .notCustom: .wrongUsage
        case .listingFailed: (cause as? any ExplainedError)?.exitCode ?? .failed
        }
    }
}
