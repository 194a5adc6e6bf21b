public import BackupModel
public import Diagnostics

/// A recovery point that is not there, or is in the way.
public struct CatalogError: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case notFound = "catalog.not-found"
        /// The location holds no recovery point at all.
        case none = "catalog.none"
        case exists = "catalog.exists"
        /// Blobs of that name are there without a marker.
        case leftovers = "catalog.leftovers"
        /// A manifest that nobody could read back.
        case manifestTooLarge = "catalog.manifest-too-large"
    }

    public let kind: Kind
    public let name: RecoveryPointName?

    public init(_ kind: Kind, name: RecoveryPointName?) {
        self.kind = kind
        self.name = name
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        let named = name.map { "`\($0)`" } ?? ""
        return switch kind {
        case .notFound: "there is no recovery point \(named)"
        case .none: "there is no complete recovery point"
        case .exists: "the recovery point \(named) exists already"
        case .manifestTooLarge: "the recovery point \(named) has more blobs than a manifest can name"
        case .leftovers: "blobs of \(named) are there without a marker: a dump of that name was never finished"
        }
    }

    public var remedy: String? {
        switch kind {
        case .notFound, .none: "`penstock list LOCATION` shows what is there."
        case .manifestTooLarge: "Dump with `--format custom`, which has one blob for each database, or fewer databases."
        case .exists: "Choose another `--name`; a recovery point is never overwritten."
        case .leftovers:
            "`penstock orphans LOCATION` names them and `--remove` removes them; or choose another `--name`."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .notFound, .none: .notFound
        case .exists, .leftovers: .exists
        case .manifestTooLarge: .limit
        }
    }
}
