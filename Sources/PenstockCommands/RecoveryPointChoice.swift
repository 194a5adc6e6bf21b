import BackupCatalog
import BackupModel
import BlobStorage
import CommandLineKit
import FoundationEssentials
import HTTPMessages

/// How a command line names a recovery point.
enum RecoveryPointChoice {
    static let latest = Option(flag: "latest", help: "take the newest complete recovery point of the folder")
    static let before = Option(
        "before",
        ValueFormat<Date>("TIME", wants: "a time such as 2026-01-31T02:00:00Z") {
            try? Date($0, strategy: .iso8601)
        }, help: "take the newest complete recovery point taken before that time")

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

extension Session {
    /// Finds the recovery point that a command line with `--latest` and `--before` names.
    func withChosenPoint<Output>(
        at location: Location, _ body: (RecoveryPointName, OpenedContainer) async throws -> Output
    ) async throws -> Output {
        let before = arguments[RecoveryPointChoice.before]
        guard arguments[RecoveryPointChoice.latest] || before != nil else {
            let (folder, name) = try RecoveryPointChoice.split(location)
            return try await withContainer(at: folder) { try await body(name, $0) }
        }
        return try await withContainer(at: location) { container in
            try await body(try await container.catalog.latest(before: before), container)
        }
    }
}
