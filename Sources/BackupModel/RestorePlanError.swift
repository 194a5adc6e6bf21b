public import Diagnostics

/// A restore that cannot be planned.
public enum RestorePlanError: ExplainedError, Equatable {
    case unknownDatabase(String, available: [String])
    case nothingToRestore
    case sameTarget(String, String, String)
    case targetMissing(String)
    case targetOccupied(String)
    /// The database, and the tables of it that are to be restored.
    case tablesExist(String, [String])

    public var code: String {
        switch self {
        case .unknownDatabase: "restore.unknown-database"
        case .nothingToRestore: "restore.nothing"
        case .sameTarget: "restore.same-target"
        case .targetMissing: "restore.target-missing"
        case .targetOccupied: "restore.target-occupied"
        case .tablesExist: "restore.tables-exist"
        }
    }

    public var summary: String {
        switch self {
        case .unknownDatabase(let name, let available):
            "the recovery point holds no database `\(name)`; it holds \(available.joined(separator: ", "))"
        case .nothingToRestore: "the recovery point holds no database"
        case .sameTarget(let target, let first, let second):
            "`\(first)` and `\(second)` would both be restored into `\(target)`"
        case .targetMissing(let name): "the target server has no database `\(name)`"
        case .targetOccupied(let name): "the database `\(name)` of the target server holds objects already"
        case .tablesExist(let name, let tables):
            "the database `\(name)` of the target server has \(Self.list(tables)) already"
        }
    }

    /// Names five of them at most.
    private static func list(_ tables: [String]) -> String {
        let shown = tables.prefix(5).joined(separator: ", ")
        return tables.count > 5 ? "\(shown) and \(tables.count - 5) more" : shown
    }

    public var remedy: String? {
        switch self {
        case .unknownDatabase: "Name one of these with `--only`; `penstock show` lists them."
        case .nothingToRestore: nil
        case .sameTarget: "Give each its own name with `--rename OLD=NEW`."
        case .targetMissing: "Give `--create` to make it, or `-d` to restore into another database."
        case .targetOccupied(let name):
            "Restore under another name with `--create --rename \(name)=NEW`, or drop the objects first with "
                + "`--clean --yes`; a restore with several jobs that was interrupted goes on with `--continue`."
        case .tablesExist:
            "Give `--data-only` to add rows to what is there, `--clean --yes` to drop and make it anew, or restore into "
                + "another database."
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .unknownDatabase, .nothingToRestore, .targetMissing: .notFound
        case .sameTarget: .wrongUsage
        case .targetOccupied, .tablesExist: .exists
        }
    }
}
