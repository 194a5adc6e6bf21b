import BackupCatalog
import BackupModel
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials

/// `penstock show`: one recovery point.
enum ShowCommand {
    static let recoveryPoint = Argument(
        "LOCATION/NAME", CommonOptions.locationFormat, help: "a recovery point, as `penstock list` names it")

    static let command = Command<World>(
        "show", summary: "Show what a recovery point holds",
        discussion: "Reads marker and manifest and checks them against each other. Changes nothing.",
        examples: [Example("penstock show az://backups/nightly/db1_20260131T020304Z", "show one recovery point")],
        arguments: [recoveryPoint], seeAlso: ["list", "restore"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        let (folder, name) = try RecoveryPointChoice.split(arguments[recoveryPoint])
        try await session.withCatalog(at: folder) { catalog in
            let point = try await catalog.load(name)
            if session.reporter.isJSON {
                try session.showJSON(point)
            } else {
                for line in RecoveryPointPage(point).lines { try world.console.line(line) }
            }
        }
        return .done
    }
}

extension Session {
    fileprivate func showJSON(_ point: RecoveryPoint) throws {
        if let manifest = point.manifest { return try world.console.json(ManifestLine(manifest: manifest)) }
        try world.console.json(ForeignPoint(point))
    }
}

/// A manifest in `--json`: all its fields, and a `type` like every other line.
struct ManifestLine: Encodable {
    let manifest: Manifest

    private enum Key: CodingKey { case type }

    func encode(to encoder: any Encoder) throws {
        try manifest.encode(to: encoder)
        var line = encoder.container(keyedBy: Key.self)
        try line.encode("manifest", forKey: .type)
    }
}

/// A set of other origin in `--json`.
private struct ForeignPoint: Encodable {
    struct Database: Encodable {
        let name: String
        let blob: String
        let size: Int
    }

    let type = "foreign-recovery-point"
    let name: String
    let databases: [Database]

    init(_ point: RecoveryPoint) {
        name = point.name.text
        databases = point.databases.map { Database(name: $0.name, blob: $0.blob.text, size: $0.size) }
    }
}

/// A recovery point for people.
struct RecoveryPointPage {
    let lines: [String]

    init(_ point: RecoveryPoint) {
        var lines = ["name:      \(point.name)"]
        if let manifest = point.manifest {
            lines += [
                "state:     \(manifest.state.rawValue)",
                "taken:     \(manifest.taken.formatted(.iso8601))",
                "server:    \(manifest.server.host):\(manifest.server.port), PostgreSQL \(manifest.server.version)",
                "dumped by: "
                    + manifest.tools.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                    .joined(separator: ", "),
                "size:      \(ByteCount(manifest.size))",
            ]
        } else {
            lines.append("state:     foreign (not written by penstock: no digests to check against)")
        }
        lines.append("databases:")
        var table = TextTable([("size", .right), ("tables", .right), ("taken", .left), ("name", .left)])
        for database in point.databases {
            // A script says nothing of its tables.
            let tables = database.facts.flatMap { facts in
                facts.format != .plain ? String(facts.members.count { $0.kind == "TABLE DATA" }) : nil
            }
            table.add([
                ByteCount(database.size).description, tables ?? "?",
                database.facts?.taken.formatted(.iso8601) ?? "?", database.name,
            ])
        }
        lines += table.lines.map { "  " + $0 }
        if let manifest = point.manifest {
            lines += manifest.skipped.map { "left out:  \($0.name) (\($0.reason))" }
            lines += manifest.warnings.map { "warning:   \($0)" }
            for database in manifest.databases {
                lines += database.warnings.map { "warning:   \(database.name): \($0)" }
            }
        }
        self.lines = lines
    }
}
