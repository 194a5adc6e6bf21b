public import Diagnostics

/// A directory that cannot be opened as a store.
public struct DirectoryStoreError: ExplainedError {
    public enum Kind: String, Sendable {
        /// Another process serves it, or uses it while this one wants to serve it.
        case inUse = "directory.in-use"
        /// There is none where one was to be looked at.
        case missing = "directory.missing"
        /// It holds something else.
        case notAStore = "directory.not-a-store"
        /// A newer version of Penstock wrote it.
        case newerFormat = "directory.newer-format"
        case corrupt = "directory.corrupt"
        /// The bytes of a block are missing, too few or unreadable.
        case damagedBlock = "directory.damaged-block"
        /// A system call failed, which the cause tells.
        case unusable = "directory.unusable"
        case closed = "directory.closed"
    }

    public let kind: Kind
    public let path: String
    public let cause: (any Error)?

    public init(_ kind: Kind, path: String, cause: (any Error)? = nil) {
        self.kind = kind
        self.path = path
        self.cause = cause
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .inUse: "the directory \(path) is in use by another process"
        case .missing: "there is no blob store in the directory \(path)"
        case .notAStore: "the directory \(path) is not empty and is no blob store"
        case .newerFormat: "the directory \(path) was written by a newer version"
        case .corrupt: "the index of the directory \(path) is damaged"
        case .damagedBlock: "the bytes of a block in the directory \(path) are missing or damaged"
        case .unusable: "the directory \(path) cannot be used as a blob store"
        case .closed: "the directory \(path) was closed already"
        }
    }

    public var remedy: String? {
        switch kind {
        case .inUse: "Stop the other `penstock serve`, or reach the store through it instead of `file://`."
        case .missing: "Name the directory that was given to `penstock serve --data`."
        case .notAStore: "Name an empty directory, or one that does not exist yet."
        case .newerFormat: "Use the version of Penstock that wrote it, or a newer one."
        case .corrupt:
            "Restore the whole directory from a copy, or recover its blobs by hand: docs/formats/directory-store.md."
        case .damagedBlock: "Check the disk, restore the directory from a copy, and write that blob anew."
        case .unusable, .closed: nil
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .inUse: .exists
        case .missing: .notFound
        case .notAStore: .wrongUsage
        case .newerFormat: .toolMismatch
        case .corrupt, .damagedBlock: .integrity
        case .unusable: (cause as? any ExplainedError)?.exitCode ?? .failed
        case .closed: .failed
        }
    }
}
