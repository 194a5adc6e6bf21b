import BackupModel
import BlobStorage
import HTTPMessages

/// How a command line names a recovery point.
enum RecoveryPointChoice {
    /// The folder and the name in `LOCATION/NAME`.
    static func split(_ location: Location) throws -> (folder: Location, name: RecoveryPointName) {
        guard let (folder, last) = location.parent else { throw LocationError(.noRecoveryPoint, text: location.text) }
        return (folder, try RecoveryPointName(last))
    }

    /// What names a recovery point of that folder on a command line; ``split(_:)`` reads it.
    static func text(of name: RecoveryPointName, in folder: Location) -> String {
        folder.text + (folder.text.hasSuffix("/") ? "" : "/") + PercentCoding.encode(name.text)
    }
}
