import BlobStorage
import Diagnostics
import PostgresClient
import PostgresFormats
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

    let archive: StoredArchive
    let stages: RestoreStages
    let target: Target
    /// What every pg_restore is given; how far each of them goes is set here.
    let options: RestoreOptions
    let jobs: Int
    let program: RestoreProgram
    let downloader: Downloader
    let surroundings: Surroundings
    let clock: any Clock<Duration>

    /// Restores, and answers what was passed over.
    ///
    /// Throws ``MemberError`` for data that did not arrive, and what `SubprocessError`, `PostgresError` and the store
    /// say; what was restored until then stays.
    func run() async throws -> PassedOver {
        var (errors, journal) = target.continues ? (PassedOver(), try await interrupted()) : try await begin()
        errors = try await errors + data(journal)
        try await journal?.beginFinish()
        errors =
            try await errors
            + late(stages.finish, "restoring indexes, keys and privileges", again: journal?.hasBegunFinish ?? false)
        // Event triggers would see it.
        try await journal?.end()
        return try await errors + late(stages.watch, "restoring event triggers")
            + late(stages.refresh, "refreshing materialized views")
    }

    // MARK: What has been done

    private func begin() async throws -> (PassedOver, RestoreJournal?) {
        guard let prefix = stages.schema(clean: target.clean) else { return (PassedOver(), nil) }
        let errors = try await schema(prefix)
        // Only the whole of an archive is ever gone on with.
        guard !stages.isPart else { return (errors, nil) }
        return (
            errors, try await RestoreJournal.begin(of: archive.identity, in: connection, log: surroundings.log)
        )
    }

    private func interrupted() async throws -> RestoreJournal? {
        let journal = try await RestoreJournal.find(
            of: archive.identity, in: connection, named: target.database, log: surroundings.log)
        surroundings.log.info("going on", ["database": target.database, "finished": "\(journal.finished.count)"])
        return journal
    }

    private var connection: ConnectionParameters { surroundings.connection.database(named: target.database) }

    // MARK: Before and after the data

    private func schema(_ prefix: [UInt8]) async throws -> PassedOver {
        surroundings.log.info("restoring the schema", ["database": target.database])
        var options = options
        (options.clean, options.ifExists) = (target.clean, target.clean)
        options.create = target.createFrom != nil
        let messages = ToolMessages.ofRestore()
        let outcome = try await program.run(
            Arguments.restore(database: target.createFrom ?? target.database, options), messages
        ) { try await $0.write(prefix.span) }
        return try outcome.passedOver(messages)
    }

    /// - Parameter again: What is made may be there already.
    private func late(
        _ prefix: () -> [UInt8]?, _ message: StaticString, again: Bool = false
    ) async throws -> PassedOver {
        guard let prefix = prefix() else { return PassedOver() }
        surroundings.log.info(message, ["database": target.database])
        var options = options
        options.jobs = jobs
        // Nothing is made by this here, but the privileges of the database itself are only restored with it.
        options.create = target.hasDatabasePrivileges
        (options.clean, options.ifExists) = (again, again)
        let messages = ToolMessages.ofRestore()
        let outcome = try await program.run(
            Arguments.restore(database: target.database, options, from: RestoreProgram.file), messages,
            on: MemoryFile(prefix.span, name: "table of contents"))
        return try outcome.passedOver(messages)
    }

    // MARK: Data

    private func data(_ journal: RestoreJournal?) async throws -> PassedOver {
        let finished = journal?.finished ?? []
        let members = archive.members.filter { stages.isWanted($0) && !finished.contains($0.dumpID) }
        let waves = stages.waves(members).map(RestoreBatch.plan)
        guard !waves.isEmpty else { return PassedOver() }
        surroundings.log.info(
            "restoring the data",
            ["database": target.database, "jobs": "\(workers)", "batches": "\(waves.joined().count)"])
        return try await ServerWatch.during(
            surroundings.connection, log: surroundings.log, every: .seconds(30), on: clock
        ) { watch in
            var failed: [RestoreBatch] = []
            for batches in waves {
                failed += try await BatchQueue(batches).drain(by: workers) { batch in
                    try await inOneTransaction(batch, watch, journal) ? nil : batch
                }
            }
            return try await oneByOne(failed.flatMap(\.members), watch, journal)
        }
    }

    /// Each of them reads in its share of the memory.
    private var workers: Int { min(jobs, downloader.mostAtOnce) }

    /// False if a statement failed: then nothing of the batch is in the database.
    private func inOneTransaction(
        _ batch: RestoreBatch, _ watch: ServerWatch, _ journal: RestoreJournal?
    ) async throws -> Bool {
        var options = options
        options.singleTransaction = true
        let record = journal?.statement(recording: batch.members)
        let outcome = try await feed(batch, followedBy: record, options, .ofRestore(), watch)
        if case .complete = outcome { return true }
        surroundings.log.info("a batch was rolled back, and is tried again later", ["first": name(batch)])
        return false
    }

    /// Restores members whose batches were rolled back, as long as any of them succeeds.
    ///
    /// What one needs, such as the rows that a check looks up, may have come with another.
    private func oneByOne(
        _ members: [StoredArchive.Member], _ watch: ServerWatch, _ journal: RestoreJournal?
    ) async throws -> PassedOver {
        var left = members.map { RestoreBatch(members: [$0]) }
        while !left.isEmpty {
            let failed = try await BatchQueue(left).drain(by: workers) { batch in
                try await inOneTransaction(batch, watch, journal) ? nil : batch
            }
            let isProgress = failed.count < left.count
            left = failed
            guard isProgress else { break }
        }
        let errors = try await BatchQueue(left).drain(by: workers) { try await plainly($0, watch, journal) }
        return errors.reduce(PassedOver(), +)
    }

    /// Restores what does not succeed in a transaction as one stream would, which also says what is wrong.
    ///
    /// Without a transaction pg_restore counts the statements that failed, in every language of the server; whatever
    /// else is wrong ends it. A COPY is all or nothing by itself.
    private func plainly(
        _ batch: RestoreBatch, _ watch: ServerWatch, _ journal: RestoreJournal?
    ) async throws -> PassedOver? {
        var options = options
        options.exitOnError = false
        let messages = ToolMessages.ofRestore()
        switch try await feed(batch, followedBy: nil, options, messages, watch) {
        case .complete:
            try await journal?.record(batch.members)
            return nil
        case .passedOver(_, let cause) where self.options.exitOnError:
            throw MemberError(member: name(batch), cause: cause)
        case .passedOver(let count, _): return PassedOver(count, messages)
        case .stopped(let failure): throw MemberError(member: name(batch), cause: failure)
        }
    }

    /// Feeds the members of a batch to a pg_restore of their own.
    private func feed(
        _ batch: RestoreBatch, followedBy statement: String?, _ options: RestoreOptions, _ messages: ToolMessages,
        _ watch: ServerWatch
    ) async throws -> RestoreProgram.Outcome {
        let downloader = downloader.share(of: workers)
        let outcome: RestoreProgram.Outcome
        do {
            outcome = try await program.run(
                Arguments.restore(database: target.database, options), messages
            ) { input in
                try await input.write(archive.prefix(of: batch.members, followedBy: statement).span)
                for run in batch.reads(checkedBy: archive.pieces) {
                    try await read(run, of: batch, by: downloader, into: input)
                }
            }
            if case .complete = outcome { return outcome }
            // An error of a statement leaves the server as it is.
            try await watch.check()
            return outcome
        } catch let error where !(error is CancellationError || error is MemberError) {
            throw MemberError(
                member: name(batch), others: batch.members.count - 1, cause: error)
        }
    }

    private func read(
        _ run: RestoreBatch.Read, of batch: RestoreBatch, by downloader: Downloader, into input: ProcessInput
    ) async throws {
        var sink = WantedSink(input, run)
        do {
            try await downloader.download(
                run.range, of: archive.blob, state: archive.state, pieces: archive.pieces, into: &sink)
        } catch let error where error is BlobStoreError || error is TransferError {
            // What comes later in the blob may be known to be damaged earlier.
            let position = (error as? TransferError)?.damagedRange?.clamped(to: run.range).lowerBound ?? sink.position
            // What is read between members is of none; the next one is what did not arrive.
            let member = batch.members.first { $0.range.upperBound > position } ?? batch.members[0]
            throw MemberError(member: archive.name(of: member), cause: error)
        }
    }

    private func name(_ batch: RestoreBatch) -> String { batch.members.first.map(archive.name) ?? "" }
}

extension TransferError {
    fileprivate var damagedRange: Range<Int>? {
        guard case .damaged(_, let range) = kind else { return nil }
        return range
    }
}
