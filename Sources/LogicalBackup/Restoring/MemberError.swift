import BackupModel
import BlobStorage
import Diagnostics
import PostgresFormats

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

extension MemberError {
    /// What broke off the reading of a run of an archive, with the member whose data it was.
    ///
    /// The error itself where it was not the store, or nobody knows the member.
    ///
    /// - Parameters:
    ///   - reached: How far the reading has come.
    ///   - name: Names the member that a position belongs to, or else the next one: that did not arrive either.
    static func naming(
        _ error: any Error, in run: Range<Int>, reached: Int, _ name: (_ position: Int) -> String?
    ) -> any Error {
        guard error is BlobStoreError || error is TransferError else { return error }
        // What comes later in the blob may be known to be damaged earlier.
        let damaged = (error as? TransferError)?.damagedRange?.clamped(to: run).lowerBound
        guard let member = name(damaged ?? reached) else { return error }
        return MemberError(member: member, cause: error)
    }
}

extension TransferError {
    fileprivate var damagedRange: Range<Int>? {
        guard case .damaged(_, let range) = kind else { return nil }
        return range
    }
}

extension Manifest.Database {
    /// The member of its archive at a position, or behind it; `nil` for the table of contents.
    func memberName(at position: Int) -> String? {
        guard position >= prefixLength else { return nil }
        let member = members.filter { $0.offset + $0.length > position }.min { $0.offset < $1.offset }
        return member.map { member in
            let name = [member.schema, member.tag].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ".")
            return ArchiveText(stringLiteral: "\(member.kind) \(name) (dump ID \(member.id))").description
        }
    }
}
