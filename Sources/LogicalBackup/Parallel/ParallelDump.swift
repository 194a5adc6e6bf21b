import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import PostgresClient
import PostgresFormats
import PostgresTools
import Subprocesses
import SystemCalls

/// The dump of one database by several sessions on one snapshot, into one archive: decision 0008.
struct ParallelDump: Sendable {
    let item: DumpPlan.Item
    let plan: DumpPlan
    let surroundings: Surroundings
    let uploader: Uploader
    let line: PackingLine
    /// The largest table of contents, in bytes.
    let contentsLimit: Int
    let clock: any Clock<Duration>

    /// How often the session that holds the locks is asked whether it still does; keeps its connection alive, too.
    private static let heartbeat = Duration.seconds(5)

    var parameters: ConnectionParameters { surroundings.connection.database(named: item.database.name) }

    /// Stages the whole archive but its table of contents; by one pg_dump where several sessions cannot.
    func make(into staged: inout StagedBlob) async throws -> DatabaseDump.Archive {
        do {
            return try await makeInParallel(into: &staged)
        } catch let error as ParallelDumpError where error.kind == .namesUnreadable {
            // Nothing is staged yet.
            let process = DumpProcess(item: item, plan: plan, surroundings: surroundings)
            let archive = try await OneStream(
                process: process, uploader: uploader, line: line, contentsLimit: contentsLimit
            ).make(into: &staged)
            return DatabaseDump.Archive(
                holdings: archive.holdings, taken: archive.taken,
                warnings: ["read by one session, not by \(plan.jobs): \(error.summary)"] + archive.warnings)
        }
    }

    private func makeInParallel(into staged: inout StagedBlob) async throws -> DatabaseDump.Archive {
        let empty = staged
        let (archive, filled) = try await withPostgresConnection(parameters, log: surroundings.log) { connection in
            let taken = try await connection.currentTime()
            let holder = try await SnapshotHolder.take(on: connection)
            let environment = connection.childEnvironment(inheriting: surroundings.environment)
            let messages = ToolMessages(isExpected: { $0.text.hasSuffix("terminated by user") })
            let run = ParallelRun(dump: self, holder: holder, environment: environment, messages: messages)
            let contents = try await run.contents(limit: contentsLimit).packed(by: line.compression)
            let stretches = try StretchPlan(
                contents, tables: holder.tables, jobs: plan.jobs, splits: connection.serverVersion.major >= 14)
            surroundings.log.info(
                "reading in parallel",
                [
                    "database": item.database.name, "sessions": "\(plan.jobs)",
                    "stretches": "\(stretches.stretches.count)",
                ])
            let parts = try await run.stage(stretches, of: contents, into: empty)
            var filled = empty
            for part in parts { filled.append(part.run) }
            let index = try ArchiveIndex(contents: contents, stretches: parts.map(\.facts.parts))
            let rawSizes = parts.reduce(into: [:]) { $0.merge($1.facts.rawSizes, uniquingKeysWith: +) }
            let archive = DatabaseDump.Archive(
                holdings: .archive(index, rawSizes: rawSizes), taken: taken, warnings: messages.all.map(\.text))
            return (archive, filled)
        }
        staged = filled
        return archive
    }

    /// Runs `body`, and throws as soon as the locks are no longer held.
    fileprivate func whileHeld<Output: Sendable>(
        _ holder: SnapshotHolder, _ body: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        try await withThrowingTaskGroup(of: Output?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await clock.sleep(for: Self.heartbeat)
                    // A question that is cancelled would end the transaction.
                    let answer = await withGrace(Self.heartbeat, on: clock) {
                        await Result { try await holder.requireHeld() }
                    }
                    try Task.checkCancellation()
                    try answer.get()
                }
            }
            while let output = try await group.next() { if let output { return output } }
            throw CancellationError()
        }
    }
}

extension Result where Failure == any Error {
    /// What `body` answers or throws.
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

/// A parallel dump while its snapshot is held.
struct ParallelRun: Sendable {
    let dump: ParallelDump
    let holder: SnapshotHolder
    let environment: [String: String]
    let messages: ToolMessages

    /// How long a pg_dump may wait for its locks: somebody else waits for one in front of it, and we hold it.
    private static let lockWaitSeconds = 20

    private func command(includesTableData: Bool) async throws -> Command {
        let tool = dump.plan.tools.dump
        return Command(
            executable: tool.path,
            arguments: try Arguments.dump(
                database: dump.item.database.name, excludedSchemas: dump.item.excludedSchemas,
                snapshot: holder.snapshot.id, includesTableData: includesTableData,
                lockWaitSeconds: Self.lockWaitSeconds, version: tool.version),
            environment: try await dump.surroundings.connection.renewingPassword(in: environment))
    }

    /// The table of contents of the whole archive, for which a pg_dump runs as far as that.
    ///
    /// It is whole by its own count of entries, so how that pg_dump ends is of no interest, and none of its data is used.
    func contents(limit: Int) async throws -> TableOfContents {
        do {
            return try await withSubprocess(
                try await command(includesTableData: true), standardInput: .null, standardOutput: .pipe,
                receiveMessage: { messages.receive($0) }
            ) { process in
                var output = process.output
                let contents = try await output.readContents(limit: limit).contents
                await process.stop()
                return contents
            }
        } catch let error as SubprocessError {
            // Whatever came of it, this is why.
            try await holder.requireHeld()
            throw explained(error)
        }
    }

    /// The error, or what is behind it if the pg_dump does not find the snapshot.
    private func explained(_ error: SubprocessError) -> any Error {
        guard error.messages.contains("SET TRANSACTION SNAPSHOT '\(holder.snapshot.id)'") else { return error }
        return ParallelDumpError(.otherServer, cause: error)
    }

    /// Makes all stretches, and proves that the locks were held until the last byte had been read.
    ///
    /// - Returns: The stretches in the order of the archive.
    func stage(
        _ plan: StretchPlan, of contents: TableOfContents, into blob: StagedBlob
    ) async throws -> [StagedStretch] {
        let staging = StretchStaging(
            plan: plan, contents: contents, blob: blob, holder: holder, run: self, board: StretchBoard(plan.order),
            numbers: BlockNumbers(), reading: TableReading(encoding: contents.encoding))
        do {
            try await dump.whileHeld(holder) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<min(dump.plan.jobs, plan.order.count) {
                        group.addTask { try await staging.runSession() }
                    }
                    try await group.waitForAll()
                }
            }
        } catch let error where !(error is CancellationError) {
            // Whatever came of it, this is why.
            try await holder.requireHeld()
            throw error
        }
        try await staging.readPostponed()
        try await holder.requireHeld()
        return try await staging.finish()
    }

    /// Runs a pg_dump of the large objects for as long as `body` takes them.
    func withObjects(
        limit: Int, _ body: (TableOfContents, Chained<MemorySource, ProcessOutput>) async throws -> StagedStretch
    ) async throws -> StagedStretch {
        let command = try await command(includesTableData: false)
        do {
            // The same warnings as those of the first.
            return try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) { process in
                var output = process.output
                let (contents, rest) = try await output.readContents(limit: limit)
                return try await body(contents, Chained(MemorySource(rest), output))
            }
        } catch let error as SubprocessError {
            throw explained(error)
        }
    }
}

extension ProcessOutput {
    /// Reads the table of contents of the archive that comes, and what came with its end.
    mutating func readContents(limit: Int) async throws -> (contents: TableOfContents, rest: [UInt8]) {
        var indexer = ArchiveIndexer(maximumPrefixSize: limit)
        while true {
            let piece = try await [UInt8].filled(capacity: 64 << 10) { try await read(into: &$0) }
            guard !piece.isEmpty else { return (try indexer.finish().contents, []) }
            let count = try indexer.consume(piece.span)
            if let contents = indexer.contents { return (contents, Array(piece[count...])) }
        }
    }
}

extension TableOfContents {
    /// The encoding of the archive's text, in the server's words.
    var encoding: String {
        let statement = first { $0.desc == "ENCODING" }?.definition?.string ?? ""
        let parts = statement.split(separator: "'")
        return parts.count == 3 ? String(parts[1]) : "UTF8"
    }
}
