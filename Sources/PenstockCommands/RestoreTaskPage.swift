import BackupCatalog
import BackupModel
import Diagnostics
import FoundationEssentials
import LogicalBackup
import PostgresFormats

/// A planned restore for people.
struct RestoreTaskPage {
    let lines: [String]

    init(_ task: RestoreTask) {
        var lines = [
            "restore \(task.point.name) into \(task.target) with \(task.jobs) job\(task.jobs == 1 ? "" : "s")"
        ]
        if let manifest = task.point.manifest {
            lines[0] += " (taken \(manifest.taken.formatted(.iso8601)), \(manifest.state.rawValue))"
        } else {
            lines[0] += " (of other origin: its bytes cannot be checked)"
        }
        if task.settings.tablespaces { lines.append("  tablespaces") }
        if task.settings.roles { lines.append("  roles") }
        for step in task.steps { lines += Self.lines(of: step, task) }
        self.lines = lines
    }

    private static func lines(of step: RestoreTask.Step, _ task: RestoreTask) -> [String] {
        let from = step.plan.source == step.plan.target ? "" : " from \(step.plan.source)"
        let line =
            "  \(step.plan.target)\(from) (\(ByteCount(step.database.size)))" + how(step, clean: task.clean)
        guard let selected = step.selected else { return [line] }
        let count = selected.dumpIDs.count
        var part = "    a part of it: \(count) \(count == 1 ? "entry" : "entries")"
        if let volume = selected.volume {
            part += ", \(ByteCount(volume.needed)), for which \(ByteCount(volume.read)) are read"
        }
        return [line, part] + selected.leftOut.map { "    left out with a table that it needs: \($0)" }
    }

    private static func how(_ step: RestoreTask.Step, clean: Bool) -> String {
        switch step.plan.preparation {
        case .createByArchive, .createByName: ", newly made"
        case .none where step.plan.continues: ", going on where it was interrupted"
        case .none where step.plan.touchesExisting:
            clean ? ", dropping what is there" : ", adding rows to tables that are there"
        case .none: step.selected == nil ? ", which is empty" : ", which has none of it"
        }
    }
}

/// A planned restore in `--json`.
struct RestoreTaskLine: Encodable {
    struct Step: Encodable {
        let source: String
        let target: String
        let size: Int
        let creates: Bool
        let touchesExisting: Bool
        let continues: Bool
        let part: Part?
    }

    /// What of the archive is restored, where that is not all.
    struct Part: Encodable {
        let entries: Int
        let neededSize: Int?
        let readSize: Int?
        let leftOut: [String]
    }

    let type = "restore-plan"
    let name: String
    let target: String
    let jobs: Int
    let roles: Bool
    let tablespaces: Bool
    let databases: [Step]

    init(_ task: RestoreTask) {
        name = task.point.name.text
        target = task.target
        jobs = task.jobs
        roles = task.settings.roles
        tablespaces = task.settings.tablespaces
        databases = task.steps.map { step in
            Step(
                source: step.plan.source, target: step.plan.target, size: step.database.size,
                creates: step.plan.preparation != .none, touchesExisting: step.plan.touchesExisting,
                continues: step.plan.continues,
                part: step.selected.map { selected in
                    Part(
                        entries: selected.dumpIDs.count, neededSize: selected.volume?.needed,
                        readSize: selected.volume?.read, leftOut: selected.leftOut.map(\.description))
                })
        }
    }
}
