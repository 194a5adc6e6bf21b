import CSQLite
public import Diagnostics

/// A statement that the index could not carry out, with SQLite's own message.
public struct IndexError: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        /// Another process held the index for longer than the busy timeout.
        case busy = "index.busy"
        case noSpace = "index.no-space"
        /// The file is damaged, or is no index at all.
        case corrupt = "index.corrupt"
        /// The file cannot be opened or written by this user.
        case notPermitted = "index.not-permitted"
        /// A uniqueness or foreign-key rule was broken.
        case constraint = "index.constraint"
        case failed = "index.failed"
    }

    public let kind: Kind
    /// The file of the index.
    public let path: String
    /// SQLite's message.
    public let message: String
    /// SQLite's extended result code.
    public let number: Int32

    public init(kind: Kind, path: String, message: String, number: Int32) {
        self.kind = kind
        self.path = path
        self.message = message
        self.number = number
    }

    /// - Parameter system: The `errno` of the system call that failed, which tells a full disk from other trouble.
    init(path: String, number: Int32, system: Int32, message: String) {
        self.init(kind: Self.kind(number, system: system), path: path, message: message, number: number)
    }

    private static func kind(_ number: Int32, system: Int32) -> Kind {
        switch number & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_FULL: .noSpace
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH:
            noSpace.contains(system) ? .noSpace : .notPermitted
        case SQLITE_IOERR: noSpace.contains(system) ? .noSpace : .failed
        case SQLITE_CONSTRAINT: .constraint
        default: .failed
        }
    }

    /// `ENOSPC` and `EDQUOT` of Linux.
    private static let noSpace: Set<Int32> = [28, 122]

    /// True if a commit that ended so may be on the disk all the same: its last write or fsync failed, for whatever cause.
    public var leavesOutcomeOpen: Bool { kind == .failed || number & 0xFF == SQLITE_IOERR }

    public var code: String { kind.rawValue }
    public var summary: String { "the index \(path) answered: \(message) (SQLite \(number))" }

    public var remedy: String? {
        switch kind {
        case .busy: "Wait until the other process is done, then try again."
        case .noSpace: "Free some space on that file system, then try again."
        case .corrupt:
            "Restore the whole directory from a copy, or recover its blobs by hand: docs/formats/directory-store.md."
        case .notPermitted: "Check who owns that file and its directory, and their permissions."
        case .constraint, .failed: nil
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .busy: .exists
        case .noSpace: .limit
        case .corrupt: .integrity
        case .notPermitted: .notPermitted
        case .constraint, .failed: .failed
        }
    }
}
