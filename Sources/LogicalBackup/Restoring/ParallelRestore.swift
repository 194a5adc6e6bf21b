import BackupModel
import BlobStorage
import Diagnostics
import PostgresClient
import PostgresTools
import Subprocesses
import SystemCalls

/// Restores one archive with several pg_restore at once, each fed by range reads; nothing is staged on disk.
///
/// See ``RestoreStages`` for what happens in which order.
struct ParallelRestore: Sendable {
    struct Target: Sendable {
        /// The database to restore into.
        let database: String
        /// The database to connect to first, if pg_restore is to make the other.
        let createFrom: String?
        /// Whether the privileges of the database itself are restored, too.
        let hasDatabasePrivileges: Bool
        /// Drop first what is restored.
        let clean: Bool
        /// Go on where an interrupted restore was.
        let continues: Bool
    }

    let archive: any StoredDump
    let stages: RestoreStages
    let target: Target
    /// What the same run has restored to its end, for the journal.
    let before: [RestoreReport.Part]
    /// What every pg_restore is given; how far each of them goes is set here.
    let options: RestoreOptions
    let jobs: Int
    let program: RestoreProgram
    let downloader: Downloader
    let surroundings: Surroundings
    let clock: any Clock<Duration>

    /// Restores, and answers what was passed over.
    ///
    /// Throws ``RestoreError``, whose cause is ``MemberError`` for data that did not arrive, or what `SubprocessError`,
    /// `PostgresError` and the store say; what was restored until then stays.
    func run() async throws -> PassedOver {
        do {
            // In a database that is still to be made nobody can watch.
            let made = target.createFrom == nil ? nil : try await schema()
            return try await ServerWatch.during(
                connection, to: target.database, log: surroundings.log, every: .seconds(30), on: clock
            ) { watch in
                let (before, journal) = target.continues ? try await interrupted() : try await begin(made)
                return try await before + rest(watch, journal)
            }
        } catch let error where !(error is CancellationError || error is RestoreError) {
            throw RestoreError(.failed, database: target.database, cause: error)
        }
    }

    /// All but the schema.
    private func rest(_ watch: ServerWatch, _ journal: RestoreJournal?) async throws -> PassedOver {
        var errors: PassedOver
        do {
            errors = try await data(watch, journal)
            if journal?.record.hasBegunFinish == true {
                errors = try await errors + early(stages.undoneFinish(), clean: true, "dropping what was begun")
            }
            try await journal?.beginFinish()
            errors = try await errors + late(stages.finish(), "restoring indexes, keys and privileges")
        } catch let error where !(error is CancellationError) {
            throw RestoreError(.failed, database: target.database, cause: error, canContinue: journal != nil)
        }
        // Event triggers would see it.
        try await journal?.end()
        errors = try await errors + late(stages.watch(), "restoring event triggers")
        return try await errors + late(stages.refresh(), "refreshing materialized views")
    }

    // MARK: What has been done

    /// The first stage.
    private func schema() async throws -> PassedOver {
        try await early(
            stages.schema(clean: target.clean), clean: target.clean, createFrom: target.createFrom,
            "restoring the schema")
    }

    /// - Parameter made: What was passed over while the schema was made, if it is there already.
    private func begin(_ made: PassedOver?) async throws -> (PassedOver, RestoreJournal?) {
        let errors = if let made { made } else { try await schema() }
        // Only the whole of an archive is ever gone on with.
        guard !stages.isPart else { return (errors, nil) }
        let journal = try await RestoreJournal.begin(
            of: identity, by: options.role, passedOver: errors, before: before, in: connection, log: surroundings.log)
        return (errors, journal)
    }

    private func interrupted() async throws -> (PassedOver, RestoreJournal?) {
        let journal = try await RestoreJournal.find(
            of: identity, in: connection, named: target.database, log: surroundings.log)
        surroundings.log.info("going on", ["database": target.database, "finished": "\(journal.finished.count)"])
        return (journal.record.passedOver, journal)
    }

    /// What is restored.
    private var identity: String {
        [archive.identity, Hexadecimal.text(stages.selectionDigest)].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private var connection: ConnectionParameters { surroundings.connection.database(named: target.database) }

    // MARK: Before and after the data

    /// One pg_restore, in the archive's order.
    private func early(
        _ prefix: [UInt8]?, clean: Bool, createFrom: String? = nil, _ message: StaticString
    ) async throws -> PassedOver {
        guard let prefix else { return PassedOver() }
        surroundings.log.info(message, ["database": target.database])
        var options = options
        (options.clean, options.ifExists, options.create) = (clean, clean, createFrom != nil)
        let messages = ToolMessages.ofRestore()
        let outcome = try await program.run(
            Arguments.restore(database: createFrom ?? target.database, options), messages
        ) { try await $0.write(prefix.span) }
        return try outcome.passedOver(messages)
    }

    /// One pg_restore with jobs of its own, in the order of what depends on what.
    private func late(_ prefix: [UInt8]?, _ message: StaticString) async throws -> PassedOver {
        guard let prefix else { return PassedOver() }
        surroundings.log.info(message, ["database": target.database])
        var options = options
        options.jobs = jobs
        // Nothing is made by this here, but the privileges of the database itself are only restored with it.
        options.create = target.hasDatabasePrivileges
        let file = try MemoryFile(
            prefix.span, name: "table of contents", orIn: surroundings.environment["TMPDIR"] ?? "/tmp")
        if file.isOnDisk { surroundings.log.info("the table of contents is in a temporary file, not in memory") }
        let messages = ToolMessages.ofRestore()
        let outcome = try await program.run(
            Arguments.restore(database: target.database, options, from: RestoreProgram.file), messages, on: file)
        return try outcome.passedOver(messages)
    }
}
