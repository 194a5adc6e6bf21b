import BlobStorage
import Diagnostics
import Synchronization

/// The findings of a check of a location, shown as they come.
final class LocationPage: Sendable {
    private let location: String
    private let console: Console
    private let reporter: Reporter
    private let state = Mutex<(findings: [ProbeFinding], isBroken: Bool)>(([], false))

    init(_ location: String, session: Session) {
        self.location = location
        console = session.world.console
        reporter = session.reporter
    }

    /// True once a finding could not be shown.
    var isBroken: Bool { state.withLock { $0.isBroken } }

    func show(_ finding: ProbeFinding) throws {
        state.withLock { $0.findings.append(finding) }
        do {
            guard !reporter.isJSON else { return try console.json(FindingLine(finding, location: location)) }
            let remedy = finding.remedy.map { ". \($0)" } ?? ""
            try console.line("\(finding.severity.rawValue): \(finding.probe.rawValue): \(finding.found)\(remedy)")
        } catch {
            state.withLock { $0.isBroken = true }
            throw error
        }
    }

    /// Shows how it ended, and answers the exit code.
    func finish(isStrict: Bool) throws -> ExitCode {
        let findings = state.withLock { $0.findings }
        let summary = SummaryLine(findings, location: location)
        if reporter.isJSON {
            try console.json(summary)
        } else {
            let skipped = summary.skipped.isEmpty ? "" : "; not tried: " + summary.skipped.joined(separator: ", ")
            reporter.say(
                "\(location): \(Self.count(summary.errors, "error")), \(Self.count(summary.warnings, "warning")), "
                    + "\(Self.count(summary.notes, "note"))\(skipped)")
        }
        return summary.errors > 0 || isStrict && summary.warnings > 0 ? .checkFoundErrors : .done
    }

    private static func count(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
}

/// A finding in `--json`.
private struct FindingLine: Encodable {
    let type = "location-finding"
    let location: String
    let probe: String
    let severity: String
    let found: String
    let remedy: String?
    let service: String?

    init(_ finding: ProbeFinding, location: String) {
        self.location = location
        probe = finding.probe.rawValue
        severity = finding.severity.rawValue
        found = finding.found
        remedy = finding.remedy
        service = finding.service?.description
    }
}

/// The end of a check in `--json`.
private struct SummaryLine: Encodable {
    let type = "location-check"
    let location: String
    let errors: Int
    let warnings: Int
    let notes: Int
    /// Probes of which there is no finding.
    let skipped: [String]

    init(_ findings: [ProbeFinding], location: String) {
        self.location = location
        errors = findings.count { $0.severity == .error }
        warnings = findings.count { $0.severity == .warning }
        notes = findings.count { $0.severity == .note }
        skipped = Probe.allCases.filter { probe in !findings.contains { $0.probe == probe } }.map(\.rawValue)
    }
}
