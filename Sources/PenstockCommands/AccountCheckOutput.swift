import AzureManagement

extension Session {
    /// Shows what a check has found: a paragraph a finding, and at the end what could not be decided.
    func show(_ report: AccountReport, of account: StorageAccount) throws {
        let name = account.name ?? "?"
        if reporter.isJSON {
            for finding in report.findings { try world.console.json(FindingLine(finding, account: name)) }
            for rule in report.undecided { try world.console.json(UndecidedLine(rule, account: name)) }
            return try world.console.json(AccountCheckLine(report, account: name))
        }
        for finding in report.findings { try world.console.line(AccountCheckText.text(of: finding, account: name)) }
        for line in AccountCheckText.undecided(report) { reporter.say(line) }
        reporter.say(AccountCheckText.summary(of: report, account: name))
    }
}

/// Findings for people.
enum AccountCheckText {
    /// What was found and needed, what comes of it, and how it is mended.
    static func text(of finding: AccountFinding, account: String) -> String {
        var lines = [
            "\(finding.severity.rawValue): \(finding.rule), account \(account), for \(jobs(finding.jobs)): "
                + "\(finding.property): found \(finding.found); needed: \(finding.needed)",
            "  \(finding.why)",
            "  \(finding.remedy.text)",
        ]
        if let command = finding.remedy.command { lines.append("    \(command)") }
        return lines.joined(separator: "\n")
    }

    /// The rules that could not be decided, one line a reason.
    static func undecided(_ report: AccountReport) -> [String] {
        var reasons: [(reason: String, rules: [String])] = []
        for rule in report.undecided {
            if let index = reasons.firstIndex(where: { $0.reason == rule.reason }) {
                reasons[index].rules.append(rule.rule)
            } else {
                reasons.append((rule.reason, [rule.rule]))
            }
        }
        return reasons.map { "not decided, since \($0.reason): \($0.rules.joined(separator: ", "))" }
    }

    static func summary(of report: AccountReport, account: String) -> String {
        let counts = AccountFinding.Severity.allCases.map { severity in
            let count = report.findings.count { $0.severity == severity }
            return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        return "account \(account): \(counts.joined(separator: ", ")); \(report.undecided.count) rules not decided"
    }

    private static func jobs(_ jobs: [AccountJob]) -> String {
        jobs.count == AccountJob.allCases.count ? "every job" : jobs.map(\.rawValue).joined(separator: ", ")
    }
}

/// A finding in `--json`.
private struct FindingLine: Encodable {
    let type = "account-finding"
    let account: String
    let rule: String
    let severity: String
    let jobs: [String]
    let property: String
    let found: String
    let needed: String
    let why: String
    let remedy: String
    let command: String?

    init(_ finding: AccountFinding, account: String) {
        self.account = account
        rule = finding.rule
        severity = finding.severity.rawValue
        jobs = finding.jobs.map(\.rawValue)
        property = finding.property
        found = finding.found
        needed = finding.needed
        why = finding.why
        remedy = finding.remedy.text
        command = finding.remedy.command
    }
}

/// A rule that could not be decided, in `--json`.
private struct UndecidedLine: Encodable {
    let type = "account-undecided"
    let account: String
    let rule: String
    let property: String
    let jobs: [String]
    let reason: String

    init(_ rule: AccountReport.Undecided, account: String) {
        self.account = account
        self.rule = rule.rule
        property = rule.property
        jobs = rule.jobs.map(\.rawValue)
        reason = rule.reason
    }
}

/// The end of a check in `--json`.
private struct AccountCheckLine: Encodable {
    let type = "account-check"
    let account: String
    let errors: Int
    let warnings: Int
    let notes: Int
    let undecided: Int

    init(_ report: AccountReport, account: String) {
        self.account = account
        errors = report.findings.count { $0.severity == .error }
        warnings = report.findings.count { $0.severity == .warning }
        notes = report.findings.count { $0.severity == .note }
        undecided = report.undecided.count
    }
}
