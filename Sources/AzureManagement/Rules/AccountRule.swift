/// One rule: what a job needs of an account, and what to do where it is not so.
///
/// A rule is a pure function of what is known. The identifiers are those of the reference of rules
/// (`docs/reference/account-rules.md`), and never change their meaning.
public struct AccountRule: Sendable {
    public enum Verdict: Sendable, Equatable {
        case holds
        /// It cannot be told; the clause says what is missing for that.
        case undecided(String)
        case broken(AccountFinding.Severity, found: String, Remedy)
    }

    public let id: String
    public let property: String
    public let jobs: Set<AccountJob>
    public let needed: String
    public let why: String
    private let judge: @Sendable (AccountSituation, AccountJob) -> Verdict

    init(
        _ id: String, _ property: String, _ jobs: Set<AccountJob>, needs needed: String, else why: String,
        judge: @escaping @Sendable (AccountSituation, AccountJob) -> Verdict
    ) {
        self.id = id
        self.property = property
        self.jobs = jobs
        self.needed = needed
        self.why = why
        self.judge = judge
    }

    /// What the rule says of a job; `nil` where it does not concern it.
    public func verdict(of situation: AccountSituation, for job: AccountJob) -> Verdict? {
        jobs.contains(job) ? judge(situation, job) : nil
    }

    /// All rules, in the order of their identifiers.
    public static let all =
        stateRules + tenantRules + networkRules + accessRules + featureRules + protectionRules + placementRules
        + rightsRules
}

extension Set<AccountJob> {
    static let every = Set(AccountJob.allCases)
    /// The jobs in which penstock itself speaks to the account.
    static let ours: Set<AccountJob> = [.upload, .download, .copySource, .copyDestination]
}
