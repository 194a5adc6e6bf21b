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
        lines += task.finished.map { "  \($0.name), which the interrupted restore has finished" }
        for step in task.steps { lines += Self.lines(of: step, task) }
        self.lines = lines
    }

    private static func lines(of step: RestoreTask.Step, _ task: RestoreTask) -> [String] {
        let from = step.plan.source == step.plan.target ? "" : " from \(step.plan.source)"
        let line =
            "  \(step.plan.target)\(from) (\(ByteCount(step.database.size)))" + how(step)
        guard let selected = step.selected else { return [line] }
        let count = selected.dumpIDs.count
        var part = "    a part of it: \(count) \(count == 1 ? "entry" : "entries")"
        if let volume = selected.volume {
            part += ", \(ByteCount(volume.needed)), for which \(ByteCount(volume.read)) are read"
        }
        return [line, part] + selected.leftOut.map { "    left out with a table that it needs: \($0)" }
    }

    private static func goingOn(_ progress: RestoreProgress) -> String {
        let all = progress.all.map { " of \($0)" } ?? ""
        let begun = progress.hasBegunFinish ? ", and what was begun of indexes and keys is made anew" : ""
        return ", going on where it was interrupted: the data of \(progress.finished)\(all) entries is there" + begun
    }

    private static func how(_ step: RestoreTask.Step) -> String {
        switch step.plan.preparation {
        case .createByArchive, .createByName: ", newly made"
        case .none where step.plan.continues: step.progress.map(Self.goingOn) ?? ""
        case .none where step.plan.touchesExisting:
            step.plan.cleans ? ", dropping what is there" : ", adding rows to tables that are there"
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
        let cleans: Bool
        let continues: Bool
        let progress: Progress?
        let part: Part?
    }

    /// What an interrupted restore has done.
    struct Progress: Encodable {
        let finishedEntries: Int
        let entries: Int?
        let hasBegunFinish: Bool
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
    let finished: [String]
    let databases: [Step]

    init(_ task: RestoreTask) {
        name = task.point.name.text
        target = task.target
        jobs = task.jobs
        roles = task.settings.roles
        tablespaces = task.settings.tablespaces
        finished = task.finished.map(\.name)
        databases = task.steps.map { step in
            Step(
                source: step.plan.source, target: step.plan.target, size: step.database.size,
                creates: step.plan.preparation != .none, touchesExisting: step.plan.touchesExisting,
                cleans: step.plan.cleans, continues: step.plan.continues,
                progress: step.progress.map {
                    Progress(finishedEntries: $0.finished, entries: $0.all, hasBegunFinish: $0.hasBegunFinish)
                },
                part: step.selected.map { selected in
                    Part(
                        entries: selected.dumpIDs.count, neededSize: selected.volume?.needed,
                        readSize: selected.volume?.read, leftOut: selected.leftOut.map(\.description))
                })
        }
    }
}
