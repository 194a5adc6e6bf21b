import BackupCatalog
import BackupModel
import BlobStorage
import ByteStreams
import Diagnostics
import PostgresClient
import PostgresFormats
import PostgresTools
import Subprocesses

// Archives, which pg_restore restores.
extension Restorer {
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
            clean: step.plan.cleans, continues: step.plan.continues)
    }

    func restoreInParallel(
        _ step: RestoreTask.Step, _ archive: any StoredDump, after before: [RestoreReport.Part]
    ) async throws -> PassedOver {
        let program = try await restoreProgram()
        let stages = RestoreStages(archive.contents, selected: entries(of: step))
        if !stages.journal.isEmpty {
            surroundings.log.warning(
                "the archive was dumped while a restore into its database had not come to its end, and may lack data",
                ["database": step.database.name])
        }
        return try await ParallelRestore(
            archive: archive, stages: stages, target: target(of: step),
            before: before, options: options, jobs: task.jobs, program: program, downloader: downloader,
            surroundings: surroundings,
            clock: clock
        ).run()
    }

    func open(_ database: RecoveryPoint.Database) async throws -> any StoredDump {
        if database.facts?.format == .directory {
            return try await StoredDirectory.open(database, by: downloader, contentsLimit: contentsLimit)
        }
        return try await StoredArchive.open(
            database.blob, pieces: database.pieces, prefixLength: database.facts?.prefixLength, by: downloader,
            contentsLimit: contentsLimit)
    }

    /// The entries that are wanted; `nil` is all of them.
    private func entries(of step: RestoreTask.Step) -> Set<DumpID>? {
        step.selected?.entries(createsDatabase: step.plan.preparation == .createByArchive)
    }

    /// True for a part of which some may be there already and is to be dropped.
    func isCleanedPart(_ step: RestoreTask.Step) -> Bool {
        step.selected != nil && step.plan.touchesExisting && step.plan.cleans
    }

    /// Makes an archive of the chosen entries, or of all, and streams it into one pg_restore; only what they need is read.
    func streamMembers(_ step: RestoreTask.Step, _ archive: any StoredDump) async throws -> PassedOver {
        let entries = entries(of: step)
        func isWanted(_ dumpID: DumpID) -> Bool { entries?.contains(dumpID) ?? true }
        let part = RestoreBatch(members: archive.members.filter { isWanted($0.dumpID) })
        let prefix = archive.contents.excerpt { _, entry in isWanted(entry.dumpID) ? .everything : nil }
        return try await run(step) { options in
            // A table that others need cannot be dropped; its rows would be there twice.
            if step.selected != nil { options.noDataForFailedTables = options.clean }
        } feeding: { input in
            try await input.write(prefix.span)
            try await archive.write(part, by: downloader, to: input)
        }
    }

    /// Streams an archive into one pg_restore, checking every piece before it is handed on.
    func stream(_ step: RestoreTask.Step) async throws -> PassedOver {
        let all = 0..<Int.max
        return try await run(step) { _ in
        } feeding: { input in
            // It only counts.
            var sink = WantedSink(input, RestoreBatch.Read(range: all, wanted: [all]))
            do {
                _ = try await downloader.download(step.database.blob, pieces: step.database.pieces, into: &sink)
            } catch {
                throw MemberError.naming(error, in: all, reached: sink.position) { position in
                    step.database.facts?.memberName(at: position)
                }
            }
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

    private func restoreProgram() async throws -> RestoreProgram {
        let (environment, connection) = (try await childEnvironment(), surroundings.connection)
        return RestoreProgram(executable: task.restore.path) {
            try await connection.renewingPassword(in: environment)
        }
    }
}
