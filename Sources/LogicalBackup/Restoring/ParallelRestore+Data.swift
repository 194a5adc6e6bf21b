import BlobStorage
import Diagnostics
import PostgresTools
import Subprocesses

extension ParallelRestore {
    /// Restores the members, many at once.
    func data(_ watch: ServerWatch, _ journal: RestoreJournal?) async throws -> PassedOver {
        let finished = journal?.finished ?? []
        let members = archive.members.filter { stages.isWanted($0) && !finished.contains($0.dumpID) }
        let waves = stages.waves(members).map(RestoreBatch.plan)
        guard !waves.isEmpty else { return PassedOver() }
        surroundings.log.info(
            "restoring the data",
            ["database": target.database, "jobs": "\(workers)", "batches": "\(waves.joined().count)"])
        var failed: [RestoreBatch] = []
        for batches in waves {
            failed += try await BatchQueue(batches).drain(by: workers) { batch in
                try await inOneTransaction(batch, watch, journal) ? nil : batch
            }
        }
        return try await oneByOne(failed.flatMap(\.members), watch, journal)
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
        // The batch may have been refused because it is there: its COMMIT was done, and the answer lost.
        if try await journal?.hasNow(batch.members) == true { return nil }
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
                try await archive.write(batch, by: downloader, to: input)
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

    private func name(_ batch: RestoreBatch) -> String { batch.members.first.map(archive.name) ?? "" }
}
