import BackupModel
import BlobStorage

/// How a command line names a recovery point.
enum RecoveryPointChoice {
    /// The folder and the name in `LOCATION/NAME`.
    static func split(_ location: Location) throws -> (folder: Location, name: RecoveryPointName) {
        guard let (folder, last) = location.parent else { throw LocationError(.noRecoveryPoint, text: location.text) }
        return (folder, try RecoveryPointName(last))
    }
}
