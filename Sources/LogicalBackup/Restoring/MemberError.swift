import Diagnostics

/// The data of members that could not be restored.
struct MemberError: ExplainedError {
    /// As `TOCEntry` describes it: `TABLE DATA public.rows (dump ID 3377)`.
    let member: String
    /// Members that failed in the same transaction.
    var others = 0
    let cause: (any Error)?

    var code: String { "restore.member-failed" }

    var summary: String {
        "the data of \(member)" + (others > 0 ? " and of \(others) more" : "") + " was not restored"
    }

    var exitCode: ExitCode { (cause as? any ExplainedError)?.exitCode ?? .failed }
}
