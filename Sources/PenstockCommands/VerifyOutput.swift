import BackupModel
import Diagnostics
import LogicalBackup
import Synchronization

/// How `penstock verify` shows what it finds: a line each, as it comes.
final class VerifyOutput: Sendable {
    private let reporter: Reporter
    private let console: Console
    private let name: RecoveryPointName
    /// The first failure to write, such as a reader that has gone.
    private let failure = Mutex<(any Error)?>(nil)

    init(reporter: Reporter, console: Console, name: RecoveryPointName) {
        self.reporter = reporter
        self.console = console
        self.name = name
    }

    func show(_ event: VerifyEvent) {
        do {
            switch event {
            case .finding(let finding): try show(finding)
            case .member(let member): try show(member)
            }
        } catch {
            failure.withLock { $0 = $0 ?? error }
        }
    }

    private func show(_ finding: VerifyFinding) throws {
        if reporter.isJSON { return try console.json(FindingLine(finding, name: name.text)) }
        try console.line(Self.text(of: finding, name: name.text))
    }

    private func show(_ member: MemberReport) throws {
        if reporter.isJSON { return try console.json(MemberLine(member, name: name.text)) }
        reporter.log.info(
            "member checked",
            [
                "member": member.member, "rows": member.rows.map(String.init) ?? "-",
                "raw": member.raw.map(String.init) ?? "-", "holds": "\(member.holds)",
            ])
    }

    /// A finding on one line: how bad, where, what, and what to do.
    static func text(of finding: VerifyFinding, name: String) -> String {
        var place = [finding.blob ?? name]
        if let range = finding.range, !range.isEmpty {
            place.append("bytes \(range.lowerBound) to \(range.upperBound - 1)")
        }
        if let member = finding.member { place.append(member) }
        return "\(finding.severity.rawValue): \(place.joined(separator: ", ")): \(finding.text). \(finding.remedy)"
    }

    /// Shows what all came to; throws if something could not be written.
    func end(_ report: VerifyReport, manifest: Manifest?) throws {
        if let error = failure.withLock({ $0 }) { throw error }
        if reporter.isJSON { return try console.json(VerifyLine(report, manifest: manifest)) }
        reporter.say(Self.summary(of: report, manifest: manifest))
    }

    static func summary(of report: VerifyReport, manifest: Manifest?) -> String {
        var did = "\(report.blobs) blobs"
        if report.level != .sizes { did += ", \(ByteCount(report.bytes)) read" }
        if report.level == .archive {
            did += ", \(report.members) members, \(report.rows) rows, \(report.largeObjects) large objects"
        }
        let counts = VerifyFinding.Severity.allCases.compactMap { severity in
            report.counts[severity].map { "\($0) \(severity.rawValue)" }
        }
        let outcome =
            switch report.outcome {
            case .holds: report.level == .sizes ? "holds, as far as that shows without reading it" : "holds"
            case .damaged: "is DAMAGED"
            case .missing: "is INCOMPLETE"
            case .unproven: "could not be checked completely"
            }
        let partial = manifest?.state == .partial ? ", a partial recovery point" : ""
        let found = counts.isEmpty ? "" : "; found: " + counts.joined(separator: ", ")
        return "\(report.name) \(outcome)\(partial) (\(did)\(found))"
    }
}

/// A finding in `--json`.
private struct FindingLine: Encodable {
    let type = "verify-finding"
    let recoveryPoint: String
    let severity: String
    let code: String
    let blob: String?
    let member: String?
    let offset: Int?
    let length: Int?
    let text: String
    let remedy: String

    init(_ finding: VerifyFinding, name: String) {
        recoveryPoint = name
        severity = finding.severity.rawValue
        code = finding.kind.rawValue
        blob = finding.blob
        member = finding.member
        offset = finding.range?.lowerBound
        length = finding.range?.count
        text = finding.text
        remedy = finding.remedy
    }
}

/// A member in `--json`.
private struct MemberLine: Encodable {
    let type = "verify-member"
    let recoveryPoint: String
    let blob: String
    let member: String
    let offset: Int
    let length: Int
    let rows: Int?
    let largeObjects: Int?
    let raw: Int?
    let holds: Bool

    init(_ member: MemberReport, name: String) {
        recoveryPoint = name
        blob = member.blob
        self.member = member.member
        offset = member.range.lowerBound
        length = member.range.count
        rows = member.rows
        largeObjects = member.largeObjects
        raw = member.raw
        holds = member.holds
    }
}

/// The end of a check in `--json`.
private struct VerifyLine: Encodable {
    let type = "verify"
    let name: String
    let level: String
    let outcome: String
    let state: String
    let blobs: Int
    let bytes: Int
    let members: Int
    let rows: Int
    let largeObjects: Int
    let raw: Int
    let damage: Int
    let missing: Int
    let unchecked: Int
    let notes: Int

    init(_ report: VerifyReport, manifest: Manifest?) {
        name = report.name.text
        level = report.level.rawValue
        outcome = report.outcome.rawValue
        state = manifest?.state.rawValue ?? "unknown"
        blobs = report.blobs
        bytes = report.bytes
        members = report.members
        rows = report.rows
        largeObjects = report.largeObjects
        raw = report.raw
        damage = report.counts[.damage, default: 0]
        missing = report.counts[.missing, default: 0]
        unchecked = report.counts[.unchecked, default: 0]
        notes = report.counts[.note, default: 0]
    }
}
