import BlobStorage
import FoundationEssentials
import LocalIndex

/// Something to be done with a lease, as far as it does not depend on the lease.
struct LeaseRequest: Sendable {
    let action: LeaseAction
    let condition: AccessCondition
    let now: Date
    /// Of a lease that is acquired without a proposed id.
    let newID: LeaseID

    /// What becomes of a lease.
    func outcome(
        of lease: Lease?, state: (tag: ETag, lastModified: Date), isUnchanged: Bool, subject: String
    ) throws -> LeaseOutcome {
        if let refusal = condition.refusal(of: .write, state: state) {
            throw BlobStoreError(refusal, subject: subject)
        }
        do throws(LeaseRefusal) {
            return try action.apply(to: lease, at: now, newID: newID, isUnchanged: isUnchanged)
        } catch {
            throw BlobStoreError(error.kind, subject: subject)
        }
    }
}

extension IndexConnection {
    mutating func lease(
        _ request: LeaseRequest, on name: BlobName, in container: ContainerName
    ) throws -> (LeaseOutcome, WrittenBlob) {
        let subject = "\(container)/\(name)"
        let number = try number(of: container)
        guard let row = try blob(name, in: number), let revision = try revision(name, in: number) else {
            throw BlobStoreError(.blobNotFound, subject: subject)
        }
        let outcome = try request.outcome(
            of: row.lease, state: revision.state, isUnchanged: Self.isUnchanged(revision, since: row.lease),
            subject: subject)
        try setLease(outcome.lease, table: .blob, row: row.id)
        return (outcome, WrittenBlob(tag: revision.state.tag, lastModified: revision.state.lastModified))
    }

    /// True if the blob was not written after its lease ended.
    ///
    /// Times of blobs have whole seconds: what was written in the very second of the end counts as written after it.
    private static func isUnchanged(_ revision: Revision, since lease: Lease?) -> Bool {
        guard let end = lease?.end else { return true }
        return revision.state.lastModified.seconds < end.seconds
    }

    mutating func lease(
        _ request: LeaseRequest, on container: ContainerName
    ) throws -> (LeaseOutcome, ContainerProperties) {
        var found = try properties(of: container)
        // A container's lease can be renewed until somebody else takes one, whatever was done meanwhile.
        let outcome = try request.outcome(
            of: found.lease, state: (found.tag, found.lastModified), isUnchanged: true, subject: container.text)
        try setLease(outcome.lease, table: .container, row: number(of: container))
        found.lease = outcome.lease
        return (outcome, found)
    }

    /// Changes metadata or access of a container, and with them its tag and time.
    mutating func change(
        _ container: ContainerName, if condition: AccessCondition, tag: ETag, now: Date,
        _ body: (inout ContainerProperties) -> Void
    ) throws -> ContainerProperties {
        var found = try properties(of: container)
        let lease = Lease.refusal(of: .read, id: condition.lease, lease: found.lease, at: now)
        if let refusal = condition.refusal(of: .write, state: (found.tag, found.lastModified)) ?? lease {
            throw BlobStoreError(refusal, subject: container.text)
        }
        body(&found)
        found.tag = tag
        found.lastModified = Date(seconds: now.seconds)
        let policies = String(decoding: try JSONEncoder().encode(found.access.policies), as: UTF8.self)
        try run(
            "UPDATE container SET tag = ?, modified = ?, metadata = ?, access = ?, policies = ? WHERE name = ?",
            [
                .text(tag.text), .integer(now.seconds), .text(try Metadata.encode(found.metadata)),
                .text(found.access.publicAccess.rawValue), .text(policies), .text(container.text),
            ])
        return found
    }
}
