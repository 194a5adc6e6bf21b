import BackupCatalog
import BackupModel
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials
import LogicalBackup
import PostgresClient
import PostgresTools
import SystemCalls

/// `penstock dump`: databases into a recovery point.
enum DumpCommand {
    static let databases = Option(
        repeated: "dbname", short: "d", PostgresOptions.target,
        help: "a database to dump; the first may be a connection URI or string, as in psql")
    static let all = Option(flag: "all-databases", short: "a", help: "dump every database that allows connections")
    static let to = Option(
        required: "to", CommonOptions.locationFormat, help: "the folder to put the recovery point into")
    static let name = Option(
        "name",
        ValueFormat<RecoveryPointName>("NAME", wants: "the name of a recovery point", show: { $0.text }) {
            try RecoveryPointName($0)
        },
        shownDefault: "server and time", help: "the name of the recovery point")
    static let format = Option(
        "format", short: "F", .choice("FORMAT", of: DumpFormat.self), default: .custom,
        help: "custom: archives for pg_restore; directory: a blob for each table, for pg_restore -Fd once downloaded; "
            + "plain: scripts for psql, which are not compressed")
    static let compress = Option(
        "compress",
        ValueFormat<DumpCompression>(
            "METHOD[:LEVEL]",
            wants: "none, deflate[:1-9], zstd[:1-22], lz4[:0-12] or pg_dump[:METHOD][:LEVEL]",
            read: { DumpCompression($0) }),
        default: .standard,
        help:
            "how the archives are compressed: on all cores, or by pg_dump; zstd and lz4 need pg_dump and pg_restore of "
            + "PostgreSQL 16 or later")
    static let jobs = Option(
        "jobs", short: "j",
        ValueFormat<Int>("N", wants: "a number from 1 to 64") { text in
            Int(text).flatMap { (1...64).contains($0) ? $0 : nil }
        },
        default: 1, help: "read a database with that many sessions on one snapshot")
    static let maximumSnapshotAge = Option(
        "max-snapshot-age", .duration,
        help: "give up when a database's snapshot has been held for that long; vacuum waits for it")
    static let noRolePasswords = Option(
        flag: "no-role-passwords", help: "leave the passwords of roles out; managed servers do not show them")

    static let command = Command<World>(
        "dump", summary: "Dump databases into a recovery point",
        discussion: """
            Runs pg_dump for each database and streams its archive into a block blob; nothing is staged on disk. Beside \
            the archives it stores roles, tablespaces, readable schemas, a manifest with digests, and last of all the \
            marker with which the recovery point exists. Until then no recovery point of that name is to be seen. \
            What a crash at the very end leaves behind, `penstock orphans` removes.

            The connection is made as psql makes it: with -h, -p, -U, -d, connection URIs, the PG* variables, service \
            file and password file. Without -d and --all-databases the database is the one that these lead to.

            Every archive can be restored by pg_restore without penstock. With --format directory each database is many \
            blobs instead, one for each table's data, under a prefix that ends in .dir: downloaded into a directory they \
            are what pg_dump -Fd writes. With --format plain it is a script of SQL, for psql: it can be read, and restored \
            only as a whole, by one session.
            """,
        examples: [
            Example("penstock dump -d shop --to az://backups/nightly", "dump one database"),
            Example(
                "penstock dump --all-databases -h db1 -U backup --to https://acct.blob.core.windows.net/backups",
                "dump a whole server"),
            Example(
                "penstock dump -d shop --to file:///var/penstock/backups --name before-upgrade",
                "dump into a local directory"),
        ],
        options: [
            databases, all, to, name, jobs, format, compress, maximumSnapshotAge, noRolePasswords,
            CommonOptions.createContainer, CommonOptions.dryRun,
        ],
        optionGroups: [PostgresOptions.group], seeAlso: ["restore", "list", "show", "orphans"]
    ) { arguments, world in
        let sessions = arguments[jobs]
        let compression = try chosenCompression(arguments)
        // With a directory the gateway packs, also where nothing is compressed.
        let isDirectory = arguments[format] == .directory
        let packing = PackingBudget(
            memory: arguments[GlobalOptions.memory], cores: Processors.count, method: compression.packing,
            lanes: sessions)
        let aside: ByteCount
        switch compression {
        case .packed: aside = packing.memory
        case .none: aside = sessions > 1 || isDirectory ? packing.memory : ByteCount(0)
        case .tool:
            guard sessions == 1 else {
                throw arguments.refusal(
                    "with --jobs there is no pg_dump that could compress: give --compress without `pg_dump:`")
            }
            aside = ByteCount(0)
        }
        guard aside.bytes <= arguments[GlobalOptions.memory].bytes / 2 else {
            let (what, less) =
                sessions > 1
                ? ("--jobs \(sessions) with --compress \(compression)", "fewer jobs")
                : ("--compress \(compression)", "a lower level")
            throw arguments.refusal("\(what) takes \(aside) of --memory: give twice as much, or \(less)")
        }
        let session = try Session(arguments, world, aside: aside, streams: sessions)
        let targets = arguments[databases]
        guard !arguments[all] || targets.count <= 1 else {
            throw arguments.refusal("--all-databases takes at most one -d, the database to connect to")
        }
        if !arguments[CommonOptions.dryRun] { try await session.requireCredential(at: arguments[to]) }
        let request = DumpRequest(
            databases: arguments[all] ? .all : .connectedAnd(Array(targets.dropFirst())), name: arguments[name],
            format: arguments[format], compression: compression, includesRolePasswords: !arguments[noRolePasswords],
            jobs: sessions,
            maximumSnapshotAge: arguments[maximumSnapshotAge])
        let surroundings = try await session.surroundings(target: targets.first ?? (arguments[all] ? "postgres" : nil))
        let plan = try await DumpPlan.make(for: request, in: surroundings)
        if arguments[CommonOptions.dryRun] {
            try session.show(plan)
            return .done
        }
        try await session.dump(plan, in: surroundings, packing: packing)
        return .done
    }
}

extension DumpCommand {
    /// What archives are compressed with; scripts are not, since psql reads them as they are.
    private static func chosenCompression(_ arguments: ParsedArguments) throws -> DumpCompression {
        switch arguments[format] {
        case .custom: return arguments[compress]
        case .plain: return try scriptCompression(arguments)
        case .directory: return try directoryCompression(arguments)
        }
    }

    /// The gateway makes the files of one stream of pg_dump, and each of them can be compressed in one way only.
    private static func directoryCompression(_ arguments: ParsedArguments) throws -> DumpCompression {
        switch arguments[compress] {
        case .none, .packed(.deflate): break
        case .packed, .tool:
            throw arguments.refusal(
                "--format directory makes gzip files or uncompressed ones: take `--compress deflate` or `none`")
        }
        guard arguments[jobs] == 1 else {
            throw arguments.refusal(
                "--format directory is read by one pg_dump: leave --jobs out, or take `--format custom`, which several "
                    + "sessions can read")
        }
        return arguments[compress]
    }

    private static func scriptCompression(_ arguments: ParsedArguments) throws -> DumpCompression {
        guard arguments[compress] == .none || arguments[compress] == .standard else {
            throw arguments.refusal(
                "--format plain makes scripts, which psql reads only uncompressed: leave --compress out")
        }
        guard arguments[jobs] == 1 else {
            throw arguments.refusal("--format plain is written by one pg_dump; --jobs needs archives")
        }
        return .none
    }
}

extension Session {
    fileprivate func dump(
        _ plan: DumpPlan, in surroundings: Surroundings, packing: PackingBudget
    ) async throws {
        let location = arguments[DumpCommand.to]
        let create = arguments[CommonOptions.createContainer]
        try await withContainer(at: location, creating: create) { container in
            let catalog = container.catalog
            let sizes = plan.items.compactMap(\.database.sizeBytes)
            let isKnown = sizes.count == plan.items.count
            warnOfCredentialEnd(at: container.place, moving: isKnown ? sizes.reduce(0, +) : nil)
            warn(of: try await catalog.listing().orphans, at: location)
            for skipped in plan.skipped { reporter.say("left out: \(skipped.name) (\(skipped.reason))") }
            let clock = ContinuousClock()
            let dumper = Dumper(
                plan, in: surroundings, catalog: catalog, uploader: uploader(to: catalog.store, computesDigests: true),
                token: newToken(), packing: packing, contentsLimit: budget.blocks.bytes / 4,
                withdrawalTime: .seconds(30), clock: clock)
            let started = clock.now
            let manifest = try await withProgress("dump \(plan.name)") { try await dumper.run() }
            try report(manifest, in: clock.now - started, at: location)
        }
    }

    private func report(_ manifest: Manifest, in time: Duration, at location: Location) throws {
        for warning in manifest.warnings { reporter.warn(warning) }
        for database in manifest.databases {
            for warning in database.warnings { reporter.warn("\(database.name): \(warning)") }
        }
        if reporter.isJSON {
            return try world.console.json(DumpLine(manifest, seconds: time.seconds))
        }
        let count = manifest.databases.count
        let seconds = (time.seconds * 10).rounded() / 10
        reporter.say(
            "dumped \(count) database\(count == 1 ? "" : "s"), \(ByteCount(manifest.size)) in \(seconds) s")
        try world.console.line(RecoveryPointChoice.text(of: RecoveryPointName(manifest.name), in: location))
    }

    fileprivate func show(_ plan: DumpPlan) throws {
        if reporter.isJSON { return try world.console.json(PlanLine(plan)) }
        try world.console.line("would dump PostgreSQL \(plan.server.version) on \(plan.server.host) as \(plan.name)")
        try world.console.line("with \(plan.tools.dump.path) (\(plan.tools.dump.version.text))")
        for item in plan.items {
            let size = item.database.sizeBytes.map { ByteCount($0).description } ?? "unknown size"
            try world.console.line("  \(item.database.name) (\(size))")
        }
        for skipped in plan.skipped { try world.console.line("  left out: \(skipped.name) (\(skipped.reason))") }
    }
}

/// A finished dump in `--json`.
private struct DumpLine: Encodable {
    let type = "dump"
    let name: String
    let state: String
    let taken: Date
    let size: Int
    let seconds: Double
    let databases: [String]
    let skipped: [Manifest.Skipped]
    let warnings: [String]

    init(_ manifest: Manifest, seconds: Double) {
        name = manifest.name
        state = manifest.state.rawValue
        taken = manifest.taken
        size = manifest.size
        self.seconds = seconds
        databases = manifest.databases.map(\.name)
        skipped = manifest.skipped
        warnings =
            manifest.warnings
            + manifest.databases.flatMap { database in
                database.warnings.map { "\(database.name): \($0)" }
            }
    }
}

/// A planned dump in `--json`.
private struct PlanLine: Encodable {
    struct Database: Encodable {
        let name: String
        /// In bytes, as the server counts them; `nil` where it does not say.
        let size: Int?
    }

    let type = "dump-plan"
    let name: String
    let databases: [Database]
    let skipped: [Manifest.Skipped]
    let tools: [String: String]

    init(_ plan: DumpPlan) {
        name = plan.name.text
        databases = plan.items.map { Database(name: $0.database.name, size: $0.database.sizeBytes) }
        skipped = plan.skipped
        tools = [
            "pg_dump": plan.tools.dump.path, "pg_dumpall": plan.tools.dumpAll.path,
            "pg_restore": plan.tools.restore.path,
        ]
    }
}
