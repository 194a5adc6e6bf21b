import BackupCatalog
import BackupModel
public import BlobStorage
import ByteStreams
import Diagnostics
import PostgresClient
import PostgresFormats
import PostgresTools
import Subprocesses

/// Carries out a restore: blobs stream into pg_restore and psql, nothing is staged on disk.
public struct Restorer: Sendable {
    private let task: RestoreTask
    private let surroundings: Surroundings
    private let downloader: Downloader
    private let contentsLimit: Int
    private let clock: any Clock<Duration>

    /// The largest script of roles or tablespaces; it is checked as a whole before psql sees its first byte.
    private static let largestScript = 64 << 20

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
        if task.settings.tablespaces {
            guard let script = task.point.tablespaces else { throw RestoreError(.noTablespaces) }
            report.parts.append(try await run(script, named: "tablespaces"))
        }
        if task.settings.roles {
            guard let script = task.point.roles else { throw RestoreError(.noRoles) }
            report.parts.append(try await run(script, named: "roles"))
        }
        for step in task.steps {
            surroundings.log.info(
                "restoring database", ["database": step.plan.target, "from": step.database.blob.text])
            report.parts.append(try await restore(step))
        }
        return report
    }

    // MARK: Databases

    private func restore(_ step: RestoreTask.Step) async throws -> RestoreReport.Part {
        let state = try await downloader.store.properties(of: step.database.blob, if: .always)
        let kind = try await kind(of: step.database, state)
        if kind == .script, task.settings.role != nil {
            throw RestoreError(.needsArchive, database: step.database.name)
        }
        guard !step.plan.continues || (kind == .customArchive && task.jobs > 1) else {
            throw RestoreError(.nothingToContinue, database: step.plan.target)
        }
        if kind == .script, step.plan.touchesExisting {
            throw RestoreError(.cannotClean, database: step.database.name)
        }
        // Only an archive can make its database by itself.
        if step.plan.preparation == .createByName || kind == .script && step.plan.preparation == .createByArchive {
            try await create(step)
        }
        do {
            let errors =
                switch kind {
                case .customArchive where task.jobs > 1 && !isCleanedPart(step): try await restoreInParallel(step)
                case .customArchive where step.selected != nil: try await streamPart(step)
                case .customArchive, .tarArchive: try await stream(step)
                case .script: try await runScript(step)
                }
            return RestoreReport.Part(
                name: step.plan.target, bytes: step.selected?.volume?.read ?? state.size, errors: errors.count,
                messages: errors.messages)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw RestoreError(.failed, database: step.plan.target, cause: error)
        }
    }

    private enum Kind { case customArchive, tarArchive, script }

    /// Archives are known by their first bytes, whatever they are called.
    private func kind(of database: RecoveryPoint.Database, _ state: BlobProperties) async throws -> Kind {
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

    /// How pg_restore is to treat this step, whichever way the archive comes.
    private var options: RestoreOptions {
        var options = RestoreOptions()
        options.exitOnError = task.settings.exitOnError
        options.noOwner = task.settings.noOwner
        options.noPrivileges = task.settings.noPrivileges
        options.role = task.settings.role
        // pg_restore wants it said, although what it is given holds nothing else.
        if task.settings.selection.content == .dataOnly { options.content = .dataOnly }
        options.disableTriggers = task.settings.disableTriggers
        return options
    }

    private func target(of step: RestoreTask.Step) -> ParallelRestore.Target {
        let isCreated = step.plan.preparation == .createByArchive
        return ParallelRestore.Target(
            database: step.plan.target, createFrom: isCreated ? task.maintenanceDatabase : nil,
            hasDatabasePrivileges: isCreated || (step.plan.continues && task.creates && !step.plan.isRenamed),
            clean: step.plan.touchesExisting && task.clean, continues: step.plan.continues)
    }

    /// Restores with several jobs, or with one where the archive is of a version that only pg_restore itself can read.
    private func restoreInParallel(_ step: RestoreTask.Step) async throws -> PassedOver {
        let archive: StoredArchive
        do {
            archive = try await open(step.database)
        } catch let error as ArchiveError where error.exitCode == .toolMismatch && !step.plan.continues {
            surroundings.log.warning("the archive is restored with one job", ["because": error.summary])
            return try await stream(step)
        }
        let program = try await restoreProgram()
        let target = target(of: step)
        return try await ParallelRestore(
            archive: archive, stages: RestoreStages(archive.contents, selected: entries(of: step)), target: target,
            options: options, jobs: task.jobs, program: program, downloader: downloader, surroundings: surroundings,
            clock: clock
        ).run()
    }

    private func open(_ database: RecoveryPoint.Database) async throws -> StoredArchive {
        try await StoredArchive.open(
            database.blob, pieces: database.pieces, prefixLength: database.facts?.prefixLength, by: downloader,
            contentsLimit: contentsLimit)
    }

    /// The entries that are wanted; `nil` is all of them.
    private func entries(of step: RestoreTask.Step) -> Set<DumpID>? {
        step.selected?.entries(createsDatabase: step.plan.preparation == .createByArchive)
    }

    /// True for a part of which some may be there already and is to be dropped.
    private func isCleanedPart(_ step: RestoreTask.Step) -> Bool { step.selected != nil && target(of: step).clean }

    /// Makes an archive of the chosen entries and streams it into one pg_restore; only what they need is read.
    private func streamPart(_ step: RestoreTask.Step) async throws -> PassedOver {
        let archive = try await open(step.database)
        let entries = entries(of: step) ?? []
        let part = RestoreBatch(members: archive.members.filter { entries.contains($0.dumpID) })
        let prefix = archive.contents.excerpt { _, entry in entries.contains(entry.dumpID) ? .everything : nil }
        return try await run(step) { options in
            // A table that others need cannot be dropped; its rows would be there twice.
            options.noDataForFailedTables = options.clean
        } feeding: { input in
            try await input.write(prefix.span)
            for run in part.reads(checkedBy: archive.pieces) {
                var sink = WantedSink(input, run)
                try await downloader.download(
                    run.range, of: archive.blob, state: archive.state, pieces: archive.pieces, into: &sink)
            }
        }
    }

    /// Streams an archive into one pg_restore, checking every piece before it is handed on.
    private func stream(_ step: RestoreTask.Step) async throws -> PassedOver {
        try await run(step) { _ in
        } feeding: { input in
            _ = try await downloader.download(step.database.blob, pieces: step.database.pieces, into: &input)
        }
    }

    /// Runs one pg_restore for all of a step.
    private func run(
        _ step: RestoreTask.Step, adjusting adjust: (inout RestoreOptions) -> Void,
        feeding body: (inout ProcessInput) async throws -> Void
    ) async throws -> PassedOver {
        let target = target(of: step)
        var options = options
        (options.clean, options.ifExists, options.create) = (target.clean, true, target.createFrom != nil)
        adjust(&options)
        let program = try await restoreProgram()
        let messages = ToolMessages.ofRestore()
        let outcome = try await program.run(
            Arguments.restore(database: target.createFrom ?? target.database, options), messages, feeding: body)
        return try outcome.passedOver(messages)
    }

    /// Streams a script into psql, which ends at the first error.
    private func runScript(_ step: RestoreTask.Step) async throws -> PassedOver {
        let command = Command(
            executable: task.script.path,
            arguments: Arguments.script(database: step.plan.target, stopsAtError: true),
            environment: try await childEnvironment())
        try await withSubprocess(command, standardInput: .pipe, standardOutput: .null) { process in
            var input = process.input
            _ = try await downloader.download(step.database.blob, pieces: step.database.pieces, into: &input)
            try await input.finish()
        }
        return PassedOver()
    }

    // MARK: Scripts

    /// Runs a script of roles or tablespaces, which is whole and checked before psql sees its first byte.
    ///
    /// A role or tablespace that is there already is no error: pg_dumpall writes `CREATE ROLE postgres` always.
    private func run(_ script: RecoveryPoint.Script, named name: String) async throws -> RestoreReport.Part {
        surroundings.log.info("running script", ["script": name, "from": script.blob.text])
        var sink = MemorySink(limit: Self.largestScript)
        let state = try await downloader.download(script.blob, pieces: script.pieces, into: &sink)
        let command = Command(
            executable: task.script.path,
            arguments: Arguments.script(database: task.maintenanceDatabase, stopsAtError: false),
            environment: try await childEnvironment())
        let messages = ToolMessages { $0.saysItExists }
        let bytes = sink.bytes
        do {
            try await withSubprocess(
                command, standardInput: .pipe, standardOutput: .null, receiveMessage: { messages.receive($0) }
            ) { process in
                try await process.input.feed(MemorySource(bytes))
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw RestoreError(.scriptFailed, database: name, cause: error)
        }
        return RestoreReport.Part(
            name: name, bytes: state.size, errors: messages.errorCount,
            messages: messages.all.filter { $0.level == .error }.map(\.text))
    }

    private func restoreProgram() async throws -> RestoreProgram {
        let (environment, connection) = (try await childEnvironment(), surroundings.connection)
        return RestoreProgram(executable: task.restore.path) {
            try await connection.renewingPassword(in: environment)
        }
    }

    /// The environment of a child that restores: defaults of the database or the role must not stop it.
    private func childEnvironment() async throws -> [String: String] {
        var environment = try await withPostgresConnection(
            surroundings.connection, log: surroundings.log
        ) { $0.childEnvironment(inheriting: surroundings.environment) }
        let lifted = [
            "default_transaction_read_only=off", "statement_timeout=0", "lock_timeout=0",
            "idle_in_transaction_session_timeout=0",
        ]
        let options = lifted.map { "-c \($0)" }.joined(separator: " ")
        environment["PGOPTIONS"] = [environment["PGOPTIONS"], options].compactMap(\.self).joined(separator: " ")
        return environment
    }
}

extension ToolMessage {
    /// psql with `VERBOSITY=verbose` puts the state in front: 42710 is `duplicate_object`.
    fileprivate var saysItExists: Bool { text.hasPrefix("42710:") }
}
