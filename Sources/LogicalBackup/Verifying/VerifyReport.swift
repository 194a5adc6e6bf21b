public import BackupModel
import Synchronization

/// What checking a recovery point came to.
public struct VerifyReport: Sendable {
    /// What all findings together mean, the worst first.
    public enum Outcome: String, Sendable, CaseIterable {
        case damaged
        /// Something is missing, and nothing that is there is damaged.
        case missing
        /// What could be checked holds, and something could not be.
        case unproven
        case holds
    }

    public let name: RecoveryPointName
    public let level: VerifyLevel
    /// Blobs beside manifest and marker that were checked.
    public internal(set) var blobs = 0
    /// Bytes that were read and compared.
    public internal(set) var bytes = 0
    /// Members whose data was read to its end.
    public internal(set) var members = 0
    public internal(set) var rows = 0
    public internal(set) var largeObjects = 0
    /// Bytes of data once inflated.
    public internal(set) var raw = 0
    public internal(set) var counts: [VerifyFinding.Severity: Int] = [:]

    public var outcome: Outcome {
        if counts[.damage, default: 0] > 0 { return .damaged }
        if counts[.missing, default: 0] > 0 { return .missing }
        return counts[.unchecked, default: 0] > 0 ? .unproven : .holds
    }
}

/// What a check tells while it runs.
public enum VerifyEvent: Sendable {
    case finding(VerifyFinding)
    case member(MemberReport)
}

/// A member of an archive that was read to its end.
public struct MemberReport: Sendable, Equatable {
    public let blob: String
    /// Such as `TABLE DATA public.item (dump ID 3377)`.
    public let member: String
    public let range: Range<Int>
    /// Rows of COPY text; `nil` where it is none, or could not be read.
    public let rows: Int?
    /// `nil` for tables.
    public let largeObjects: Int?
    /// Bytes of data once inflated; `nil` where they were not.
    public let raw: Int?
    /// False where something was found.
    public let holds: Bool
}

/// Collects what the parts of a check find, and passes it on at once.
final class VerifyRecord: Sendable {
    private let state: Mutex<VerifyReport>
    private let emit: @Sendable (VerifyEvent) -> Void

    init(_ report: VerifyReport, emit: @escaping @Sendable (VerifyEvent) -> Void) {
        state = Mutex(report)
        self.emit = emit
    }

    var report: VerifyReport { state.withLock { $0 } }

    func add(_ finding: VerifyFinding) {
        state.withLock { $0.counts[finding.severity, default: 0] += 1 }
        emit(.finding(finding))
    }

    func add(_ member: MemberReport) {
        state.withLock { report in
            report.members += 1
            report.rows += member.rows ?? 0
            report.largeObjects += member.largeObjects ?? 0
            report.raw += member.raw ?? 0
        }
        emit(.member(member))
    }

    func addBlob() { state.withLock { $0.blobs += 1 } }

    func addBytes(_ count: Int) { state.withLock { $0.bytes += count } }
}
