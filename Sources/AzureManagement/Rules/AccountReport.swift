/// What checking an account has found.
public struct AccountReport: Sendable, Equatable {
    /// A rule that could not be decided, and what is missing for it.
    public struct Undecided: Sendable, Equatable {
        public let rule: String
        public let property: String
        public internal(set) var jobs: [AccountJob]
        public let reason: String
    }

    /// The worst first, and in the order of the rules among equals.
    public private(set) var findings: [AccountFinding] = []
    public private(set) var undecided: [Undecided] = []

    /// Applies every rule to every job.
    public init(of situation: AccountSituation, for jobs: [AccountJob], rules: [AccountRule] = AccountRule.all) {
        for rule in rules {
            for job in AccountJob.allCases where jobs.contains(job) { add(rule, situation, job) }
        }
        findings = AccountFinding.Severity.allCases.flatMap { severity in findings.filter { $0.severity == severity } }
    }

    private mutating func add(_ rule: AccountRule, _ situation: AccountSituation, _ job: AccountJob) {
        switch rule.verdict(of: situation, for: job) {
        case nil, .holds: return
        case .undecided(let reason):
            if let index = undecided.firstIndex(where: { $0.rule == rule.id && $0.reason == reason }) {
                undecided[index].jobs.append(job)
            } else {
                undecided.append(Undecided(rule: rule.id, property: rule.property, jobs: [job], reason: reason))
            }
        case .broken(let severity, let found, let remedy):
            let same = findings.firstIndex {
                $0.rule == rule.id && $0.severity == severity && $0.found == found && $0.remedy == remedy
            }
            if let same { return findings[same].jobs.append(job) }
            findings.append(
                AccountFinding(
                    rule: rule.id, severity: severity, jobs: [job], property: rule.property, found: found,
                    needed: rule.needed, why: rule.why, remedy: remedy))
        }
    }

    /// The worst of the findings; `nil` where there is none.
    public var worst: AccountFinding.Severity? { findings.first?.severity }
}
