import BackupCatalog
import BackupModel
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials
import LogicalBackup
import SystemCalls

/// `penstock restore`: a recovery point into a server.
enum RestoreCommand {
    static let source = Argument(
        "LOCATION", CommonOptions.locationFormat, help: "a recovery point, or its folder with --latest or --before")
    static let target = Option(
        "dbname", short: "d", PostgresOptions.target,
        help: "the database to connect to; without --create a single database is restored into it")
    static let only = Option(repeated: "only", .text("DB"), help: "restore only this database")
    static let rename = Option(
        repeated: "rename",
        ValueFormat<Renaming>("OLD=NEW", wants: "an old and a new name, as in shop=shop_copy") { Renaming($0) },
        help: "restore a database under another name")
    static let create = Option(flag: "create", short: "C", help: "make databases that are missing")
    static let clean = Option(
        flag: "clean", short: "c", help: "drop what the archive holds first, where a database is not empty; needs --yes"
    )
    static let goOn = Option(
        flag: "continue", help: "go on with databases whose restore with several jobs was interrupted among their data")
    static let roles = Option(
        flag: "roles", help: "run the roles script first; roles that exist get its attributes and passwords")
    static let tablespaces = Option(flag: "tablespaces", help: "run the tablespaces script first")
    static let noOwner = Option(flag: "no-owner", short: "O", help: "do not restore who owns what")
    static let noPrivileges = Option(flag: "no-privileges", short: "x", help: "do not restore privileges")
    static let role = Option("role", .text("ROLE"), help: "SET ROLE to this role before restoring")
    static let ifExists = Option(
        flag: "if-exists", help: "with --clean, say nothing of what is not there, as penstock always does")
    static let disableTriggers = Option(
        flag: "disable-triggers", help: "with --data-only, disable triggers and foreign keys meanwhile (superusers)")
    static let jobs = Option(
        "jobs", short: "j", .wholeNumber(from: 1, to: 1000),
        help: "restore so many tables of an archive at once; by default half as many as there are cores, and at least 2"
    )
    static let exitOnError = Option(flag: "exit-on-error", short: "e", help: "stop at the first error of pg_restore")

    static let command = Command<World>(
        "restore", summary: "Restore a recovery point into a server",
        discussion: """
            Reads each archive from its blob into pg_restore; nothing is staged on disk. Every piece is checked against \
            the manifest before it is handed on. What would be done is shown first and asked about; without a terminal \
            --yes is needed.

            With several --jobs the tables of an archive are read by ranges and restored at once, in pg_restore's own \
            order otherwise. With --jobs 1 the archive is one stream, as tar archives and SQL always are.

            Without --create the databases must exist; a database that holds objects already is refused unless --clean is \
            given. Roles and tablespaces belong to the whole server and are restored only when asked for. Errors that \
            pg_restore passes over are counted, and the exit status is then 3.

            A part of an archive is chosen with the options of pg_restore and by its rules; a name that matches nothing is \
            refused, and so is a table that exists already, unless --clean or --data-only is given. Schemas that are \
            missing in the target are made.
            """,
        examples: [
            Example(
                "penstock restore az://backups/nightly/db1_20260131T020304Z --create --roles",
                "restore a whole server"),
            Example(
                "penstock restore az://backups/nightly --latest --only shop -d shop_test",
                "restore one database of the newest recovery point into an existing one"),
            Example(
                "penstock restore az://backups/nightly --latest --create --only shop --rename shop=shop_copy",
                "restore one database under another name"),
            Example(
                "penstock restore az://backups/nightly --latest --only shop -d scratch --table orders",
                "restore one table into another database"),
        ],
        arguments: [source],
        options: [
            RecoveryPointChoice.latest, RecoveryPointChoice.before, target, only, rename, create, clean, goOn, roles,
            tablespaces, noOwner, noPrivileges, role,
            ifExists, disableTriggers, exitOnError, jobs, CommonOptions.yes, CommonOptions.dryRun,
        ],
        optionGroups: [RestoreSelectionOptions.group, PostgresOptions.group],
        rules: [
            .atMostOne([RecoveryPointChoice.latest, RecoveryPointChoice.before]), .atMostOne([clean, goOn]),
            .option(ifExists, needs: clean),
        ] + RestoreSelectionOptions.rules,
        seeAlso: ["list", "show", "dump"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        try session.checkUsage()
        let surroundings = try await session.surroundings(target: arguments[target] ?? "postgres")
        let settings = try session.restoreSettings()
        return try await session.withChosenPoint(at: arguments[source]) { name, container in
            let point = try await container.catalog.load(name)
            let request = try session.restoreRequest(of: point)
            let downloader = session.downloader(from: container.store)
            let contents = StoredContents(downloader, limit: session.budget.blocks.bytes / 4)
            if arguments[RestoreSelectionOptions.list] {
                try session.show(
                    try await PartListing.make(
                        for: request, settings: settings, of: point, contents: contents, in: surroundings))
                return .done
            }
            let task = try await RestoreTask.make(
                for: request, settings: settings, of: point, contents: contents, in: surroundings)
            try session.show(task)
            guard !arguments[CommonOptions.dryRun] else { return .done }
            let total = task.steps.reduce(0) { $0 + ($1.selected?.volume?.read ?? $1.database.size) }
            session.warnOfCredentialEnd(at: container.place, moving: total)
            try await session.confirm("Go on?")
            let restorer = Restorer(
                task, in: surroundings, downloader: downloader, contentsLimit: session.budget.blocks.bytes / 4,
                clock: ContinuousClock())
            let report = try await session.withProgress("restore \(point.name)", total: total) {
                try await restorer.run()
            }
            try session.report(report, of: point)
            return report.isComplete ? .done : .partlyDone
        }
    }
}

extension Session {
    /// Refuses what can be refused before anything is asked of anybody.
    fileprivate func checkUsage() throws {
        guard !arguments[RestoreCommand.clean] || arguments[CommonOptions.yes] || arguments[CommonOptions.dryRun] else {
            throw arguments.refusal("--clean drops objects, and does so only with --yes")
        }
        var renamed: Set<String> = []
        for old in arguments[RestoreCommand.rename].compactMap(\.certainOld) where !renamed.insert(old).inserted {
            throw twoNames(old)
        }
    }

    private func twoNames(_ old: String) -> any Error { arguments.refusal("--rename gives `\(old)` two new names") }

    fileprivate func restoreRequest(of point: RecoveryPoint) throws -> RestorePlan.Request {
        var renames: [String: String] = [:]
        for renaming in arguments[RestoreCommand.rename] {
            let meanings = renaming.meanings(among: point.databases.map(\.name))
            guard let (old, new) = meanings.first, meanings.count == 1 else {
                throw arguments.refusal(
                    "--rename \(renaming.text) can mean each of "
                        + meanings.map { "`\($0.old)` into `\($0.new)`" }.joined(separator: " and ")
                        + "; restore that database alone, with --only and -d")
            }
            guard renames.updateValue(new, forKey: old) == nil else {
                throw twoNames(old)
            }
        }
        return RestorePlan.Request(
            only: arguments[RestoreCommand.only], rename: renames, connectTo: arguments[RestoreCommand.target],
            create: arguments[RestoreCommand.create], clean: arguments[RestoreCommand.clean],
            continues: arguments[RestoreCommand.goOn])
    }

    fileprivate func restoreSettings() throws -> RestoreSettings {
        var settings = RestoreSettings()
        settings.roles = arguments[RestoreCommand.roles]
        settings.tablespaces = arguments[RestoreCommand.tablespaces]
        settings.noOwner = arguments[RestoreCommand.noOwner]
        settings.noPrivileges = arguments[RestoreCommand.noPrivileges]
        settings.exitOnError = arguments[RestoreCommand.exitOnError]
        settings.role = arguments[RestoreCommand.role]
        settings.disableTriggers = arguments[RestoreCommand.disableTriggers]
        settings.jobs =
            arguments[RestoreCommand.jobs].map { .exactly($0) } ?? .atMost(max(2, Processors.count / 2))
        settings.selection = try arguments.restoreSelection()
        guard !arguments[RestoreCommand.goOn] || settings.selection.isEverything else {
            throw arguments.refusal("--continue goes on with a restore of everything, and only a part is asked for")
        }
        return settings
    }

    /// Says what will be done, before anything is touched.
    fileprivate func show(_ task: RestoreTask) throws {
        if reporter.isJSON, arguments[CommonOptions.dryRun] { return try world.console.json(RestoreTaskLine(task)) }
        let lines = RestoreTaskPage(task).lines
        if arguments[CommonOptions.dryRun] {
            for line in lines { try world.console.line(line) }
        } else {
            for line in lines { reporter.say(line) }
        }
    }

    fileprivate func report(_ report: RestoreReport, of point: RecoveryPoint) throws {
        for part in report.parts where part.errors > 0 {
            reporter.warn("\(part.name): \(part.errors) errors were passed over")
            for message in part.messages.prefix(10) { reporter.say("  " + message) }
        }
        if reporter.isJSON { return try world.console.json(RestoreLine(report, name: point.name.text)) }
        let bytes = ByteCount(report.parts.reduce(0) { $0 + ($1.isFromBefore ? 0 : $1.bytes) })
        reporter.say(
            report.isComplete
                ? "restored \(point.name) completely, \(bytes)" : "restored \(point.name) with errors: see above")
    }
}

/// A finished restore in `--json`.
private struct RestoreLine: Encodable {
    struct Part: Encodable {
        let name: String
        let size: Int
        let errors: Int
        let messages: [String]
        let before: Bool
    }

    let type = "restore"
    let name: String
    let complete: Bool
    let parts: [Part]

    init(_ report: RestoreReport, name: String) {
        self.name = name
        complete = report.isComplete
        parts = report.parts.map {
            Part(name: $0.name, size: $0.bytes, errors: $0.errors, messages: $0.messages, before: $0.isFromBefore)
        }
    }
}
