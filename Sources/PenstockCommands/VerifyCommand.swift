import BackupCatalog
import BackupModel
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials
import LogicalBackup
import SystemCalls

/// `penstock verify`: whether recovery points are what was written.
enum VerifyCommand {
    static let source = Argument(
        "LOCATION", CommonOptions.locationFormat,
        help: "a recovery point, or its folder with --latest, --before or --all")
    static let all = Option(flag: "all", help: "verify every recovery point of the folder")
    static let level = Option(
        "level", .choice("LEVEL", of: VerifyLevel.self), default: .bytes,
        help: "sizes: marker, manifest and listing, no data; bytes: every byte too; archive: every member and row too")

    static let command = Command<World>(
        "verify", summary: "Check that recovery points are what was written",
        discussion: """
            Compares marker, manifest and listing; then reads every byte back and checks it against the digests in the \
            manifest and the CRC-64 that the blob carries; with --level archive it also parses every archive, inflates \
            every member, and counts rows and large objects. Nothing is written anywhere, and no server is needed.

            It goes on behind what it finds. Each finding is a line of standard output, with the blob, the member and the \
            byte range, and what to do. Sets that penstock did not write have no manifest: their archives can be checked \
            by --level archive only.

            The exit status is 0 if all holds, 14 if something is damaged, 10 if something is missing, and 3 if nothing \
            is wrong but not all could be checked. Whatever ends early has another status.
            """,
        examples: [
            Example("penstock verify az://backups/nightly --latest", "read the newest recovery point back"),
            Example(
                "penstock verify az://backups/nightly/db1_20260131T020304Z --level archive",
                "check every member and row of one recovery point"),
            Example(
                "penstock verify az://backups/nightly --all --level sizes", "look for missing blobs, in few requests"),
        ],
        arguments: [source], options: [RecoveryPointChoice.latest, RecoveryPointChoice.before, all, level],
        rules: [.atMostOne([RecoveryPointChoice.latest, RecoveryPointChoice.before, all])],
        seeAlso: ["list", "show", "restore"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        var outcomes: [VerifyReport.Outcome] = []
        try await session.withVerifiedPoints(at: arguments[source]) { name, container in
            outcomes.append(try await session.verify(name, in: container))
        }
        let worst = VerifyReport.Outcome.allCases.first { outcomes.contains($0) } ?? .holds
        return worst.exitCode
    }
}

extension VerifyReport.Outcome {
    fileprivate var exitCode: ExitCode {
        switch self {
        case .damaged: .integrity
        case .missing: .notFound
        case .unproven: .partlyDone
        case .holds: .done
        }
    }
}

extension Session {
    /// Hands on the recovery points that the command line names, one after the other.
    fileprivate func withVerifiedPoints(
        at location: Location, _ body: (RecoveryPointName, OpenedContainer) async throws -> Void
    ) async throws {
        guard arguments[VerifyCommand.all] else { return try await withChosenPoint(at: location, body) }
        try await withContainer(at: location) { container in
            let listing = try await container.catalog.listing()
            warn(of: listing.orphans, at: location)
            guard !listing.entries.isEmpty else { throw CatalogError(.none, name: nil) }
            for entry in listing.entries { try await body(entry.name, container) }
        }
    }

    fileprivate func verify(
        _ name: RecoveryPointName, in container: OpenedContainer
    ) async throws -> VerifyReport.Outcome {
        let level = arguments[VerifyCommand.level]
        let inspection = try await container.catalog.inspect(name)
        if level != .sizes { warnOfCredentialEnd(at: container.place, moving: inspection.size) }
        let output = VerifyOutput(reporter: reporter, console: world.console, name: name)
        let verifier = Verifier(
            inspection, level: level, downloader: downloader(from: container.store),
            reader: PieceReader(
                store: container.store, pool: pool, budget: budget, meter: meter, window: { [gate] in gate.window }),
            budget: budget, cores: Processors.count, contentsLimit: budget.blocks.bytes / 4,
            emit: { output.show($0) })
        let report = try await withProgress("verify \(name)", total: level == .sizes ? nil : inspection.size) {
            try await verifier.run()
        }
        try output.end(report, manifest: inspection.manifest)
        return report.outcome
    }
}
