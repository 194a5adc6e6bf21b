/// How a run of `penstock` ended, as the process's exit status.
///
/// The numbers are a documented contract (`docs/reference/exit-codes.md`): added to, never renumbered.
public enum ExitCode: Int32, Sendable, CaseIterable {
    case done = 0
    case failed = 1
    case wrongUsage = 2
    case partlyDone = 3
    case notFound = 10
    /// The name exists already, or somebody else holds it.
    case exists = 11
    case notPermitted = 12
    /// The other side could not be reached and the retries are spent.
    case unreachable = 13
    /// Bytes are missing or are not those that were written.
    case integrity = 14
    /// A tool or a version does not fit.
    case toolMismatch = 15
    /// No space is left, or a limit would be passed.
    case limit = 16
    case checkFoundErrors = 17
    case interrupted = 130
}
