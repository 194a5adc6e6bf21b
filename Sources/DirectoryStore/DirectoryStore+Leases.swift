import BlobStorage
import ByteStreams
import FoundationEssentials

extension DirectoryStore: LeasingStore {
    func lease(
        _ action: LeaseAction, on blob: BlobName, if condition: AccessCondition
    ) async throws -> (LeaseOutcome, WrittenBlob) {
        try Task.checkCancellation()
        let request = LeaseRequest(
            action: action, condition: condition, now: account.clock(), newID: account.newLeaseID())
        let container = container
        return try await account.explained(subject(blob)) {
            try await account.writer.write { try $0.lease(request, on: blob, in: container) }
        }
    }

    func requireLease(_ id: LeaseID?, on blob: BlobName) async throws {
        let rule = LeaseRule.shown(id, at: account.clock())
        try await account.read(subject(blob)) { [self] connection in
            let row = try connection.blob(blob, in: connection.number(of: container))
            if let refusal = rule.refusal(of: row?.lease) { throw BlobStoreError(refusal, subject: subject(blob)) }
        }
    }

    func stage(
        _ source: inout some ByteSource & ~Copyable, length: Int, as id: BlockID, of blob: BlobName,
        showing lease: LeaseID?
    ) async throws {
        try await stage(&source, length: length, as: id, of: blob) { .shown(lease, at: account.clock()) }
    }
}

extension DirectoryAccount {
    func newLeaseID() -> LeaseID { LeaseID(random(), random()) }
}
