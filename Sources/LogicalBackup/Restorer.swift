import BackupCatalog
import BackupModel
public import BlobStorage
import Diagnostics
import PostgresClient
import PostgresFormats

/// Carries out a restore: blobs stream into pg_restore and psql, nothing is staged on disk.
public struct Restorer: Sendable {
    let task: RestoreTask
    let surroundings: Surroundings
    let downloader: Downloader
    let contentsLimit: Int
    let clock: any Clock<Duration>

    /// - Parameters:
    ///   - contentsLimit: The largest table of contents of an archive that is restored with several jobs, in bytes; it is
    ///     held in memory.
    ///   - clock: For looking after the server while the data is restored.
    public init(
        _ task: RestoreTask, in surroundings: Surroundings, downloader: Downloader, contentsLimit: Int,
        clock: any Clock<Duration>
    ) {
        self.task = task
        self.surroundings = surroundings
        self.downloader = downloader
        self.contentsLimit = contentsLimit
        self.clock = clock
    }

    /// Restores, and answers what was done; errors that pg_restore passed over are in the report.
    ///
    /// Throws ``RestoreError``, `PostgresError`, `BlobStoreError`, `TransferError` or `CancellationError`; what was
    /// restored until then stays.
    public func run() async throws -> RestoreReport {
        var report = RestoreReport()
        // Before anything is changed.
        var steps: [Prepared] = []
        for step in task.steps { steps.append(try await prepare(step)) }
        if task.settings.tablespaces {
            guard let script = task.point.tablespaces else { throw RestoreError(.noTablespaces) }
            report.parts.append(try await run(script, named: "tablespaces"))
        }
        if task.settings.roles {
            guard let script = task.point.roles else { throw RestoreError(.noRoles) }
            report.parts.append(try await run(script, named: "roles"))
        }
        var restored = task.finished
        for prepared in steps {
            let step = prepared.step
            surroundings.log.info(
                "restoring database", ["database": step.plan.target, "from": step.database.blob.text])
            restored.append(try await restore(prepared, after: restored))
        }
        report.parts += restored
        return report
    }

    // MARK: Databases

    /// A step whose blob has been looked at.
    private struct Prepared {
        let step: RestoreTask.Step
        let state: BlobProperties
        let kind: Kind
    }

    /// Refuses what cannot be done with the blob as it is; changes nothing.
    private func prepare(_ step: RestoreTask.Step) async throws -> Prepared {
        let state = try await downloader.store.properties(of: step.database.blob, if: .always)
        let kind = try await kind(of: step.database, state)
        if kind == .script, task.settings.role != nil {
            throw RestoreError(.needsArchive, database: step.database.name)
        }
        guard !step.plan.continues || kind.hasMembers else {
            throw RestoreError(.nothingToContinue, database: step.plan.target)
        }
        if kind == .script, step.plan.touchesExisting {
            throw RestoreError(.cannotClean, database: step.database.name)
        }
        return Prepared(step: step, state: state, kind: kind)
    }

    /// How a dump gets into its database.
    private enum Way {
        case parallel(any StoredDump)
        case members(any StoredDump)
        case stream, script
    }

    /// Decides that, and reads as much of an archive as it takes to know that it is one; changes nothing.
    private func way(of prepared: Prepared) async throws -> Way {
        let step = prepared.step
        guard prepared.kind.hasMembers else { return prepared.kind == .script ? .script : .stream }
        if task.jobs > 1, !isCleanedPart(step) {
            do {
                return .parallel(try await open(step.database))
            } catch let error as ArchiveError
                where error.exitCode == .toolMismatch && !step.plan.continues && prepared.kind == .customArchive
            {
                // Of a version that only pg_restore itself can read.
                surroundings.log.warning("the archive is restored with one job", ["because": error.summary])
            }
        } else if step.selected != nil || prepared.kind == .directory {
            return .members(try await open(step.database))
        } else if step.plan.preparation == .createByName {
            try await requireContents(step.database)
        }
        return .stream
    }

    /// Throws unless the table of contents is one, as far as that can be said without pg_restore.
    private func requireContents(_ database: RecoveryPoint.Database) async throws {
        do {
            _ = try await StoredArchive.contents(
                of: database.blob, pieces: database.pieces, prefixLength: database.facts?.prefixLength, by: downloader,
                limit: contentsLimit)
        } catch let error as ArchiveError where error.exitCode == .toolMismatch || error.exitCode == .limit {}
    }

    /// - Parameter before: The databases that have been restored.
    private func restore(
        _ prepared: Prepared, after before: [RestoreReport.Part]
    ) async throws -> RestoreReport.Part {
        let step = prepared.step
        let way: Way
        do {
            way = try await self.way(of: prepared)
        } catch let error where !(error is CancellationError) {
            throw RestoreError(.unreadable, database: step.database.name, cause: error)
        }
        // Only an archive can make its database by itself.
        if step.plan.preparation == .createByName
            || prepared.kind == .script && step.plan.preparation == .createByArchive
        {
            try await create(step)
        }
        do {
            let errors =
                switch way {
                case .parallel(let archive): try await restoreInParallel(step, archive, after: before)
                case .members(let archive): try await streamMembers(step, archive)
                case .stream: try await stream(step)
                case .script: try await runScript(step)
                }
            let size = prepared.kind == .directory ? step.database.size : prepared.state.size
            return RestoreReport.Part(
                name: step.plan.target, bytes: step.selected?.volume?.read ?? size,
                errors: errors.count, messages: errors.messages)
        } catch let error where !(error is CancellationError || error is RestoreError) {
            throw RestoreError(.failed, database: step.plan.target, cause: error)
        }
    }

    private enum Kind {
        case customArchive, directory, tarArchive, script

        /// Whether members can be read by themselves.
        var hasMembers: Bool { self == .customArchive || self == .directory }
    }

    /// Archives are known by their first bytes, whatever they are called.
    private func kind(of database: RecoveryPoint.Database, _ state: BlobProperties) async throws -> Kind {
        // A table of contents alone may be many things; the manifest says what else there is.
        if database.facts?.format == .directory { return .directory }
        let count = min(state.size, ArchiveKind.decisiveLength)
        let first = count > 0 ? try await downloader.bytes(of: database.blob, in: 0..<count, state: state) : []
        switch ArchiveKind.detect(first.span) {
        case .customArchive: return .customArchive
        case .tar: return .tarArchive
        case .plainSQL: return .script
        default: throw RestoreError(.unknownFormat, database: database.name)
        }
    }

    /// Makes the database from what the manifest says of it, without its owner if the target lacks that role.
    private func create(_ step: RestoreTask.Step) async throws {
        guard let facts = step.database.facts else { throw RestoreError(.cannotRename, database: step.database.name) }
        try await withPostgresConnection(surroundings.connection, log: surroundings.log) { connection in
            let owner = try await connection.roles().contains { $0.name == facts.owner } ? facts.owner : nil
            let definition = DatabaseDefinition(
                owner: task.settings.noOwner ? nil : owner, encoding: facts.encoding, collate: facts.collate,
                characterType: facts.characterType, provider: .init(word: facts.localeProvider) ?? .libc,
                providerLocale: facts.providerLocale, icuRules: facts.icuRules, tablespace: nil, connectionLimit: -1)
            try await connection.createDatabase(step.plan.target, like: definition)
        }
    }
}
