import BlobStorage
import FoundationEssentials

/// What is asked of a blob's lease before something is done that has no condition of its own.
enum LeaseRule: Sendable {
    /// For whoever uses the store without leases; a commit asks for the lease all the same.
    case ignored
    /// Only its holder may write.
    case shown(LeaseID?, at: Date)

    func refusal(of lease: Lease?) -> BlobStoreError.Kind? {
        guard case .shown(let id, let now) = self else { return nil }
        return Lease.refusal(of: .write, id: id, lease: lease, at: now)
    }
}
