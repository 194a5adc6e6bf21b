import BackupCatalog
import BackupModel
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials

/// `penstock orphans`: what unfinished dumps left behind.
enum OrphansCommand {
    static let remove = Option(flag: "remove", help: "remove them")
    static let graceHours = Option(
        "grace-hours", .wholeNumber("HOURS", from: 0, to: 8760), default: 24,
        help: "remove only what was last written this long ago, since a dump may be about to finish")

    static let command = Command<World>(
        "orphans", summary: "List or remove what unfinished dumps left behind",
        discussion: """
            A dump that dies between its first commit and its marker leaves complete archives without a marker. They are \
            no recovery point, and their name cannot be used again until they are removed. Only blobs that penstock \
            wrote are removed, and only in the state in which they were listed. Uncommitted blocks are dropped by the \
            service after a week.
            """,
        examples: [
            Example("penstock orphans az://backups/nightly", "show what there is"),
            Example("penstock orphans az://backups/nightly --remove --yes", "remove what is older than a day"),
        ],
        arguments: [CommonOptions.location],
        options: [remove, graceHours, CommonOptions.yes, CommonOptions.dryRun], seeAlso: ["list", "dump"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        try await session.withCatalog(at: arguments[CommonOptions.location]) { catalog in
            let orphans = try await catalog.listing().orphans
            for orphan in orphans { try session.show(orphan) }
            guard arguments[remove] else { return }
            let hours = arguments[graceHours]
            let limit = world.now().addingTimeInterval(-Double(hours) * 3600)
            let old = orphans.filter { $0.lastWrite <= limit }
            if old.count < orphans.count {
                session.reporter.warn("\(orphans.count - old.count) written within the last \(hours) hours are kept")
            }
            guard !old.isEmpty, !arguments[CommonOptions.dryRun] else { return }
            let count = old.reduce(0) { $0 + $1.blobs.count }
            try await session.confirm("Remove \(count) blobs of \(old.count) unfinished dumps?")
            var removed = 0
            for orphan in old { removed += try await catalog.remove(orphan) }
            session.reporter.say("removed \(removed) blobs")
        }
        return .done
    }
}

extension Session {
    fileprivate func show(_ orphan: SetListing.Orphan) throws {
        if reporter.isJSON { return try world.console.json(OrphanLine(orphan)) }
        try world.console.line("\(orphan.name)  last written \(orphan.lastWrite.formatted(.iso8601))")
        for blob in orphan.blobs { try world.console.line("  \(blob.name)") }
    }
}

/// An orphan in `--json`.
private struct OrphanLine: Encodable {
    let type = "orphan"
    let name: String
    let lastWrite: Date
    let blobs: [String]

    init(_ orphan: SetListing.Orphan) {
        name = orphan.name.text
        lastWrite = orphan.lastWrite
        blobs = orphan.blobs.map(\.name.text)
    }
}
