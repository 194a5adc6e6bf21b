import BackupCatalog
import BackupModel
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials

/// `penstock list`: the recovery points of a location.
enum ListCommand {
    static let command = Command<World>(
        "list", aliases: ["ls"], summary: "List the recovery points of a location",
        discussion: """
            Newest first. The state is `complete`, `partial`, or `foreign` for sets that penstock did not write. What an \
            unfinished dump left behind is not listed; see `penstock orphans`. Changes nothing.
            """,
        examples: [Example("penstock list az://backups/nightly", "list the recovery points in the folder nightly")],
        arguments: [CommonOptions.location], seeAlso: ["show", "restore", "orphans"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        try await session.withCatalog(at: arguments[CommonOptions.location]) { catalog in
            let listing = try await catalog.listing()
            if session.reporter.isJSON {
                for entry in listing.entries { try world.console.json(RecoveryPointLine(entry)) }
            } else if listing.entries.isEmpty {
                session.reporter.say("there is no recovery point in \(arguments[CommonOptions.location])")
            } else {
                var table = TextTable([("taken", .left), ("state", .left), ("size", .right), ("name", .left)])
                for entry in listing.entries {
                    table.add([
                        entry.taken.formatted(.iso8601), entry.state.rawValue, ByteCount(entry.size).description,
                        entry.name.text,
                    ])
                }
                try world.console.table(table)
            }
            session.warn(of: listing.orphans, at: arguments[CommonOptions.location])
        }
        return .done
    }
}

extension OpenedContainer {
    /// The recovery points in the folder.
    var catalog: RecoveryPointCatalog { RecoveryPointCatalog(store: store, layout: SetLayout(path: path)) }
}

extension Session {
    /// Opens the folder of a location as a catalog of recovery points.
    func withCatalog<Output>(
        at location: Location, creating: Bool = false, _ body: (RecoveryPointCatalog) async throws -> Output
    ) async throws -> Output {
        try await withContainer(at: location, creating: creating) { container in
            try await body(container.catalog)
        }
    }

    /// Names what unfinished dumps left behind.
    func warn(of orphans: [SetListing.Orphan], at location: Location) {
        guard !orphans.isEmpty else { return }
        let names = orphans.map { "`\($0.name)`" }.joined(separator: ", ")
        reporter.warn(
            "blobs without a marker, left by dumps that were never finished: \(names); "
                + "see `penstock orphans \(location)`")
    }
}

/// A recovery point in `--json`.
struct RecoveryPointLine: Encodable {
    let type = "recovery-point"
    let name: String
    let state: String
    let taken: Date
    let size: Int
    let databases: [String]

    init(_ entry: SetListing.Entry) {
        name = entry.name.text
        state = entry.state.rawValue
        taken = entry.taken
        size = entry.size
        databases = entry.databases
    }
}
