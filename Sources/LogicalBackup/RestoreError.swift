public import Diagnostics

/// A restore that cannot be done, or ended before it was whole.
public struct RestoreError: ExplainedError {
    public enum Kind: String, Sendable {
        case cannotRename = "restore.cannot-rename"
        /// A script drops nothing.
        case cannotClean = "restore.cannot-clean"
        /// The blob is neither an archive of pg_dump nor SQL.
        case unknownFormat = "restore.unknown-format"
        /// It begins like an archive, and is none.
        case unreadable = "restore.unreadable"
        /// What pg_restore would do was asked for, and the blob is SQL.
        case needsArchive = "restore.needs-archive"
        /// No restore of this database was interrupted where it could go on.
        case nothingToContinue = "restore.nothing-to-continue"
        /// Somebody else changes the database that is to be gone on with.
        case stillWritten = "restore.still-written"
        /// Another restore with several jobs has the database.
        case underWay = "restore.under-way"
        /// One job was asked for, and only several can go on.
        case continueNeedsJobs = "restore.continue-needs-jobs"
        /// The restore that was interrupted was of another archive.
        case otherArchive = "restore.other-archive"
        case noRoles = "restore.no-roles"
        case noTablespaces = "restore.no-tablespaces"
        /// pg_restore, psql or the download failed.
        case failed = "restore.failed"
        case scriptFailed = "restore.script-failed"
    }

    public let kind: Kind
    public let database: String
    public let cause: (any Error)?
    /// Whether the database holds what it takes to go on.
    let canContinue: Bool

    init(_ kind: Kind, database: String = "", cause: (any Error)? = nil, canContinue: Bool = false) {
        self.kind = kind
        self.database = database
        self.cause = cause
        self.canContinue = canContinue
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .cannotRename:
            "the recovery point does not say how `\(database)` was made, so it cannot be made under another name"
        case .cannotClean: "the dump of `\(database)` is a script, which cannot drop what is there already"
        case .unknownFormat: "the blob of `\(database)` is neither an archive of pg_dump nor SQL"
        case .unreadable: "the archive of `\(database)` cannot be read, and nothing of it was restored"
        case .needsArchive: "the blob of `\(database)` is SQL, which only the role that connects can run"
        case .nothingToContinue:
            "no restore of the database `\(database)` was interrupted while its data came, or its server crashed then"
        case .stillWritten:
            "another session writes into the database `\(database)`: what it restores would be restored twice"
        case .underWay: "another restore into the database `\(database)` is under way"
        case .continueNeedsJobs: "a restore is gone on with by several jobs, and `--jobs 1` was given"
        case .otherArchive: "the restore of the database `\(database)` that was interrupted was of another archive"
        case .noRoles: "the recovery point holds no roles"
        case .noTablespaces: "the recovery point holds no tablespaces"
        case .failed: "the database `\(database)` was not restored completely"
        case .scriptFailed: "the script of \(database) could not be run"
        }
    }

    public var remedy: String? {
        switch kind {
        case .cannotRename: "Create the database yourself, then restore into it without `--create`."
        case .cannotClean: "Restore it into an empty database, or with `--create` into a new one."
        case .unknownFormat: "Restore it by hand: `penstock download` writes its bytes."
        case .needsArchive: "Restore without `--role`, connected as the role that is to own everything."
        case .nothingToContinue:
            "Restore again with `--clean --yes`, or drop the database and use `--create`. If it was restored to its end, "
                + "name the others with `--only`."
        case .underWay: "Wait until it has ended, or end it; `pg_stat_activity` shows its sessions."
        case .continueNeedsJobs: "Give `--jobs 2` or more, or leave it out."
        case .stillWritten:
            "Wait until the sessions of the interrupted restore have ended (`pg_stat_activity` shows them), then go on."
        case .otherArchive: "Name the recovery point that was being restored, or restore again with `--clean --yes`."
        case .noRoles, .noTablespaces: "Restore without them."
        case .failed where canContinue:
            "Mend the cause, then go on with `--continue`, or restore again with `--clean --yes`, or drop the database "
                + "and use `--create`."
        case .failed:
            "Mend the cause, then restore again with `--clean --yes`, or drop the database and use `--create`."
        case .unreadable, .scriptFailed: nil
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .cannotRename, .cannotClean, .needsArchive, .continueNeedsJobs: .wrongUsage
        case .unknownFormat: .integrity
        case .noRoles, .noTablespaces, .nothingToContinue: .notFound
        case .otherArchive, .stillWritten, .underWay: .exists
        case .failed, .unreadable, .scriptFailed: (cause as? any ExplainedError)?.exitCode ?? .failed
        }
    }
}
