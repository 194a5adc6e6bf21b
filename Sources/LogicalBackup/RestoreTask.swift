public import BackupCatalog
public import BackupModel
import BlobStorage
import Diagnostics
import PostgresClient
public import PostgresTools

/// What a person asked to be restored, beside which databases go where.
public struct RestoreSettings: Sendable, Equatable {
    public var roles = false
    public var tablespaces = false
    public var noOwner = false
    public var noPrivileges = false
    public var exitOnError = false
    /// `SET ROLE` of whoever restores.
    public var role: String?
    public var disableTriggers = false
    /// Which part of each archive.
    public var selection = RestoreSelection()
    public var jobs = Jobs.exactly(1)

    /// How many members of an archive are restored at once; 1 streams the archive through one pg_restore.
    public enum Jobs: Sendable, Equatable {
        case exactly(Int)
        /// So many, or 1 where more are not possible.
        case atMost(Int)
    }

    public init() {}
}

/// A restore that was planned against the target as it is.
public struct RestoreTask: Sendable {
    public struct Step: Sendable {
        public let plan: RestorePlan.Step
        public let database: RecoveryPoint.Database
        /// The chosen part of the archive; `nil` for all of it.
        public let selected: SelectedEntries?
        /// How far the restore came that is gone on with.
        public let progress: RestoreProgress?
    }

    public let point: RecoveryPoint
    public let steps: [Step]
    /// Databases that the restore which is gone on with has brought to their end.
    public let finished: [RestoreReport.Part]
    public let settings: RestoreSettings
    let creates: Bool
    /// The database that is connected to for what concerns the whole server.
    public let maintenanceDatabase: String
    public let restore: InstalledTool
    public let script: InstalledTool
    /// How many members of an archive are restored at once.
    public let jobs: Int
    /// Where the target is, for people: `host:port`.
    public let target: String

    /// Asks the target what it has, and decides; changes nothing.
    ///
    /// - Parameter contents: Where a part is chosen, reads the tables of contents that it is chosen from.
    ///
    /// Throws `RestorePlanError`, `PostgresError`, `ToolError`, and where a part is chosen ``SelectionError`` and what
    /// reading the archive throws.
    public static func make(
        for request: RestorePlan.Request, settings: RestoreSettings, of point: RecoveryPoint,
        contents: StoredContents, in surroundings: Surroundings
    ) async throws -> RestoreTask {
        let available = point.databases.map(\.name)
        return try await withPostgresConnection(surroundings.connection, log: surroundings.log) { connection in
            let connected =
                try await connection.query("SELECT pg_catalog.current_database()").firstValue ?? "postgres"
            var request = request
            // What was given may be a URI or a string of keys and values; the server knows which database it leads to.
            if request.connectTo != nil { request.connectTo = connected }
            let rule = ToolRule.restoring(
                dumpMajor: point.dumpMajor ?? 0, serverMajor: connection.serverVersion.major)
            let restore = try await surroundings.tools.find(.restore, for: rule)
            let jobs = try settings.jobs.number(
                toolMajor: restore.version.major, serverMajor: connection.serverVersion.major)
            guard !request.continues || jobs > 1 else { throw RestoreError(.continueNeedsJobs) }
            let pairs = try RestorePlan.pairs(request, available: available)
            let existing = Set(try await connection.databases().map(\.name))
            let selector = PartSelector(
                settings: settings, contents: contents, restore: restore, surroundings: surroundings)
            var parts = try await selector.parts(of: pairs.map { try point.database(named: $0.source) })
            let interrupted =
                try await request.continues
                ? InterruptedRestore.find(
                    pairs.map { (try point.database(named: $0.source), $0.target) },
                    existing: existing, contents: contents, in: surroundings) : InterruptedRestore()
            var targets: [String: RestorePlan.Target] = [:]
            for (source, target) in pairs {
                let isThere = existing.contains(target)
                if interrupted.finished.contains(where: { $0.name == target }) {
                    targets[target] = .finished
                } else if let part = parts[source] {
                    let state = try await selector.state(of: isThere ? target : nil, for: part)
                    (parts[source], targets[target]) = (state.part, state.target)
                } else if isThere {
                    targets[target] = try await surroundings.isEmpty(target) ? .empty : .occupied
                }
            }
            let plan = try RestorePlan(request, available: available, targets: targets)
            let identity = try await connection.identity()
            let port = identity.port.map { ":\($0)" } ?? ""
            return RestoreTask(
                point: point, steps: try steps(plan, of: point, parts, interrupted), finished: interrupted.finished,
                settings: settings, creates: request.create, maintenanceDatabase: connected,
                restore: restore,
                script: try await surroundings.tools.find(.script, for: rule),
                jobs: jobs,
                target: (identity.host ?? surroundings.hostName) + port)
        }
    }

    private static func steps(
        _ plan: RestorePlan, of point: RecoveryPoint, _ parts: [String: SelectedEntries],
        _ interrupted: InterruptedRestore
    ) throws -> [Step] {
        try plan.steps.map { step in
            let database = try point.database(named: step.source)
            if step.preparation == .createByName, database.facts == nil {
                throw RestoreError(.cannotRename, database: step.source)
            }
            return Step(
                plan: step, database: database, selected: parts[step.source],
                progress: interrupted.progress[step.target])
        }
    }
}

extension Surroundings {
    /// Whether a database of the target is empty.
    func isEmpty(_ database: String) async throws -> Bool {
        try await withPostgresConnection(connection.database(named: database), log: log) {
            try await $0.isEmptyDatabase()
        }
    }
}

extension RecoveryPoint {
    /// One of its databases.
    func database(named name: String) throws -> Database {
        guard let database = databases.first(where: { $0.name == name }) else {
            throw RestorePlanError.unknownDatabase(name, available: databases.map(\.name))
        }
        return database
    }

    /// The major version of the pg_dump that wrote it, if the manifest says so.
    var dumpMajor: Int? { manifest?.tools["pg_dump"].flatMap { ToolVersion($0) }?.major }
}

extension RestoreSettings.Jobs {
    /// Throws `ToolError` where that many are not possible.
    ///
    /// Batches are restored in one transaction, which ends at the first error; and since PostgreSQL 17 pg_restore begins
    /// with a setting that older servers do not know.
    func number(toolMajor: Int, serverMajor: Int) throws(ToolError) -> Int {
        let isPossible = toolMajor < 17 || serverMajor >= 17
        switch self {
        case .atMost(let number): return isPossible ? number : 1
        case .exactly(let number):
            guard isPossible || number == 1 else {
                throw ToolError(
                    kind: .tooNew, program: Tool.restore.program, found: "\(toolMajor)", neededMajor: serverMajor)
            }
            return number
        }
    }
}
