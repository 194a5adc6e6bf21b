import BackupCatalog
import BackupModel
import PostgresClient

/// How far the restore of a database had come when it was interrupted.
public struct RestoreProgress: Sendable, Hashable {
    /// Of how many entries the data is there.
    public let finished: Int
    /// Of how many the archive holds data; `nil` where no manifest says it.
    public let all: Int?
    /// Whether all data is there, and indexes, keys and the like had been begun.
    public let hasBegunFinish: Bool
}

/// What a restore of several databases, one after the other, has left when it was interrupted.
struct InterruptedRestore: Sendable {
    /// By the name of the database of the target that is to be gone on with.
    private(set) var progress: [String: RestoreProgress] = [:]
    /// The databases that were restored to their end before.
    private(set) var finished: [RestoreReport.Part] = []

    /// Reads what is written down in the databases that exist; changes nothing.
    ///
    /// Only a database in whose middle a restore was interrupted says so, and which others that restore had finished. Of
    /// any other that holds something nobody knows how much is missing: throws ``RestoreError``.
    static func find(
        _ pairs: [(database: RecoveryPoint.Database, target: String)], existing: Set<String>,
        contents: StoredContents, in surroundings: Surroundings
    ) async throws -> InterruptedRestore {
        var found = InterruptedRestore()
        var unknown: [String] = []
        for (database, target) in pairs where existing.contains(target) {
            guard try await !surroundings.isEmpty(target) else { continue }
            let record = try await RestoreJournal.Record.find(
                of: try await contents.identity(of: database), in: surroundings.connection.database(named: target),
                named: target, log: surroundings.log)
            guard let record else {
                unknown.append(target)
                continue
            }
            found.progress[target] = RestoreProgress(
                finished: record.finished.count, all: database.facts?.members.count,
                hasBegunFinish: record.hasBegunFinish)
            found.finished += record.before.filter { part in pairs.contains { $0.target == part.name } }
        }
        for target in unknown where !found.finished.contains(where: { $0.name == target }) {
            throw RestoreError(.nothingToContinue, database: target)
        }
        // What was dropped since is restored once more.
        found.finished.removeAll { !unknown.contains($0.name) }
        return found
    }
}
