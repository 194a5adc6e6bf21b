import BackupCatalog
import BackupModel
public import BlobStorage
import ByteStreams
import Diagnostics
import PostgresClient
import PostgresFormats
import PostgresTools
import Subprocesses
import SystemCalls

/// Carries out a restore: blobs stream into pg_restore and psql, nothing is staged on disk.
public struct Restorer: Sendable {
    private let task: RestoreTask
    private let surroundings: Surroundings
    private let downloader: Downloader

    /// The largest script of roles or tablespaces; it is checked as a whole before psql sees its first byte.
    private static let largestScript = 64 << 20

    public init(_ task: RestoreTask, in surroundings: Surroundings, downloader: Downloader) {
        self.task = task
        self.surroundings = surroundings
        self.downloader = downloader
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
        if step.plan.preparation == .createByName { try await create(step) }
        let messages = ToolMessages()
        do {
            let command = try await command(for: step, kind: kind)
            let errors =
                if let selected = step.selected {
                    try await feed(selected, of: step.database, to: command, messages)
                } else {
                    try await feed(step.database, to: command, kind, messages)
                }
            return RestoreReport.Part(
                name: step.plan.target, bytes: step.selected?.volume?.streamed ?? state.size, errors: errors,
                messages: messages.all.map(\.text))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw RestoreError(.failed, database: step.plan.target, cause: error)
        }
    }

    private enum Kind { case archive, script }

    /// Archives are known by their first bytes, whatever they are called.
    private func kind(of database: RecoveryPoint.Database, _ state: BlobProperties) async throws -> Kind {
        let count = min(state.size, ArchiveKind.decisiveLength)
        let first = count > 0 ? try await downloader.bytes(of: database.blob, in: 0..<count, state: state) : []
        switch ArchiveKind.detect(first.span) {
        case .customArchive, .tar: return .archive
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

    private func command(for step: RestoreTask.Step, kind: Kind) async throws -> Command {
        let createsByArchive = step.plan.preparation == .createByArchive
        let database = createsByArchive && kind == .archive ? task.maintenanceDatabase : step.plan.target
        let environment = try await childEnvironment()
        switch kind {
        case .archive:
            var options = RestoreOptions()
            options.exitOnError = task.settings.exitOnError
            options.noOwner = task.settings.noOwner
            options.noPrivileges = task.settings.noPrivileges
            options.clean = step.plan.touchesExisting && task.clean
            options.ifExists = true
            options.create = createsByArchive
            options.role = task.settings.role
            options.disableTriggers = task.settings.disableTriggers
            if step.selected != nil {
                options.content = task.settings.selection.content
                options.list = Self.listPath
                // A table that others need cannot be dropped; its rows would be there twice.
                options.noDataForFailedTables = options.clean
            }
            return Command(
                executable: task.restore.path, arguments: Arguments.restore(database: database, options),
                environment: environment)
        case .script:
            if createsByArchive { throw RestoreError(.cannotRename, database: step.database.name) }
            return Command(
                executable: task.script.path, arguments: Arguments.script(database: database, stopsAtError: true),
                environment: environment)
        }
    }

    /// Streams a blob into a program, checking every piece before it is handed on; answers how many errors it passed
    /// over.
    private func feed(
        _ database: RecoveryPoint.Database, to command: Command, _ kind: Kind, _ messages: ToolMessages
    ) async throws -> Int {
        try await withSubprocess(
            command, standardInput: .pipe, standardOutput: .null, receiveMessage: { messages.receive($0) }
        ) { process in
            var input = process.input
            _ = try await downloader.download(database.blob, pieces: database.pieces, into: &input)
            try await input.finish()
            return try await ignoredErrors(of: process, kind, messages)
        }
    }

    /// Streams an archive into pg_restore as far as the chosen entries go.
    private func feed(
        _ selected: SelectedEntries, of database: RecoveryPoint.Database, to command: Command, _ messages: ToolMessages
    ) async throws -> Int {
        let list = try MemoryFile(selected.list.span, name: "penstock-list")
        return try await withSubprocess(
            command, standardInput: .pipe, standardOutput: .descriptor(list.descriptor),
            receiveMessage: { messages.receive($0) }
        ) { process in
            var sink = SelectedPartSink(process.input, contents: selected.contents, members: selected.members)
            do {
                _ = try await downloader.download(database.blob, pieces: database.pieces, into: &sink)
                throw sink.endedEarly()
            } catch is SelectedPartSink<ProcessInput>.Complete {
                try await process.input.finish()
            } catch let error as SubprocessError where error.kind == .failed {
                // It went through to the end without the rows of tables that it could not make, and says so.
            }
            return try await ignoredErrors(of: process, .archive, messages)
        }
    }

    /// Where a child finds the list of entries: it writes nothing to its standard output, so a file in memory is there.
    private static let listPath = "/proc/self/fd/1"

    /// Waits for the end of a program, and answers how many errors it passed over.
    private func ignoredErrors<Output>(
        of process: Subprocess<ProcessInput, Output>, _ kind: Kind, _ messages: ToolMessages
    ) async throws -> Int {
        let status = try await process.exitStatus()
        guard !status.isSuccess else { return 0 }
        // pg_restore that went through to the end counts what it passed over, and exits with 1; psql never does.
        guard kind == .archive, status == .exited(1), let ignored = messages.ignoredErrors else {
            throw process.failure(status)
        }
        return ignored
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
