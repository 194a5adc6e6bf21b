import BlobStorage
import ByteStreams
import Compression
import Diagnostics
import PostgresClient
import PostgresFormats

/// The sessions of a parallel dump at work.
struct StretchStaging: Sendable {
    let plan: StretchPlan
    let contents: TableOfContents
    let blob: StagedBlob
    let holder: SnapshotHolder
    let run: ParallelRun
    let board: StretchBoard
    let numbers: BlockNumbers
    let reading: TableReading

    private var dump: ParallelDump { run.dump }

    /// Makes one stretch after the other until none is left.
    func runSession() async throws {
        var next = board.take()
        if let index = next, case .largeObjects(let members) = plan.stretches[index] {
            board.set(try await stageObjects(members), at: index)
            next = board.take()
        }
        guard let first = next else { return }
        let parameters = dump.parameters.pinned(to: holder.connection)
        try await withPostgresConnection(parameters, log: dump.surroundings.log) { connection in
            try await connection.prepareToRead(encoding: reading.encoding)
            var next: Int? = first
            while let index = next {
                try await readOnSnapshot(index, on: connection)
                next = board.take()
            }
        }
    }

    private func readOnSnapshot(_ index: Int, on connection: PostgresConnection) async throws {
        guard case .tables(let parts) = plan.stretches[index] else { return }
        guard try await connection.begin(on: holder.snapshot) else { throw ParallelDumpError(.otherServer) }
        let lock = reading.lock(parts)
        do {
            try await lock.take(on: connection)
        } catch let error as PostgresError where error.sqlState == "55P03" {
            // Somebody waits to change a table, behind the locks that we hold: only they let it be read.
            try await connection.query("ROLLBACK")
            return board.postpone(index)
        } catch let error as PostgresError {
            throw await lock.explained(error, on: connection)
        }
        let staged = try await read(parts, on: connection)
        try await requireOnlyLocked(parts, on: connection)
        try await connection.query("COMMIT")
        board.set(staged, at: index)
    }

    /// Throws if a name led to another table.
    ///
    /// Locks on tables do not keep schemas from being renamed, and tables are found by name. What was locked stays so
    /// until the transaction ends, also by a name that was another table's only for a moment.
    private func requireOnlyLocked(_ parts: [TablePart], on connection: PostgresConnection) async throws {
        let locked = try await connection.tablesLocked()
        let wanted = Set(parts.map(\.table.oid))
        // The condition of a table may look at others.
        let others = parts.contains { $0.table.condition != nil } ? [] : locked.subtracting(wanted)
        guard wanted.isSubset(of: locked), others.isDisjoint(with: holder.tables.keys) else {
            throw ParallelDumpError(.tableRenamed(table: name(parts)))
        }
    }

    /// Throws if a name leads to another table now.
    private func requireNamed(_ parts: [TablePart]) async throws {
        for part in parts {
            let named = try await holder.connection.query("SELECT \(reading.number(of: part))").firstValue
            guard named == "\(part.table.oid)" else { throw ParallelDumpError(.tableRenamed(table: name([part]))) }
        }
    }

    private func name(_ parts: [TablePart]) -> String {
        parts.map { "\($0.table.schema).\($0.table.name)" }.joined(separator: ", ")
    }

    /// Reads what others could not lock, on the session that has the locks.
    func readPostponed() async throws {
        let postponed = board.postponed
        guard !postponed.isEmpty else { return }
        dump.surroundings.log.info(
            "somebody waits to change tables; they are read by one session",
            ["database": dump.item.database.name, "stretches": "\(postponed.count)"])
        try await holder.requireHeld()
        try await holder.connection.prepareToRead(encoding: reading.encoding)
        for index in postponed {
            guard case .tables(let parts) = plan.stretches[index] else { continue }
            // This session has all locks: they do not tell which table it read.
            try await requireNamed(parts)
            board.set(try await read(parts, on: holder.connection), at: index)
            try await requireNamed(parts)
        }
    }

    /// Ends the tables that were read in ranges, and answers all stretches in order.
    func finish() async throws -> [StagedStretch] {
        let staged = board.staged
        var all: [StagedStretch] = []
        var sum = StreamSum()
        for (index, stretch) in plan.stretches.enumerated() {
            if case .ending(let member) = stretch {
                all.append(try await stage(after: sum) { EndingFeed(member, contents: contents, record: $0) })
                sum = StreamSum()
            } else {
                guard let made = staged[index] else {
                    preconditionFailure("every stretch is made or its failure thrown")
                }
                all.append(made)
                if case .tables(let parts) = stretch, parts.first?.pages != nil { sum = sum + made.facts.sum }
            }
        }
        return all
    }

    private func read(_ parts: [TablePart], on connection: PostgresConnection) async throws -> StagedStretch {
        try await stage { CopyFeed(parts, on: connection, by: reading, contents: contents, record: $0) }
    }

    private func stageObjects(_ members: [DumpID]) async throws -> StagedStretch {
        try await run.withObjects(limit: dump.contentsLimit) { given, source in
            try await stage { try ObjectFeed(source, behind: given, as: members, in: contents, record: $0) }
        }
    }

    private func stage<Feed: PackingFeed & Sendable & ~Copyable>(
        after sum: StreamSum = StreamSum(), _ makeFeed: (StretchRecord) throws -> Feed
    ) async throws -> StagedStretch {
        let record = StretchRecord()
        let source = try await PackedSource.make(try makeFeed(record), by: dump.line, after: sum)
        let run = try await dump.uploader.stageApart(source, of: blob, numbers: numbers)
        return StagedStretch(run: run, facts: record.facts)
    }
}
