import BlobStorage
import HTTPListener
import HTTPMessages

extension Work {
    func leaseBlob() async throws -> Reply {
        let store = try store(having: (any LeasingStore).self)
        let action = try fields.leaseAction()
        let (outcome, blob) = try await store.lease(action, on: request.blobName(), if: actionCondition())
        return Self.reply(to: action, outcome, Self.stateFields(blob.tag, blob.lastModified))
    }

    func leaseContainer() async throws -> Reply {
        let store = try store(having: (any ManagedContainer).self)
        let action = try fields.leaseAction()
        let (outcome, container) = try await store.lease(action, if: actionCondition())
        return Self.reply(to: action, outcome, Self.stateFields(container.tag, container.lastModified))
    }

    /// Without the lease, which is what the action is about.
    private func actionCondition() throws(ServiceFailure) -> AccessCondition {
        var condition = try AccessCondition(fields)
        condition.lease = nil
        return condition
    }

    private static func reply(to action: LeaseAction, _ outcome: LeaseOutcome, _ state: HTTPFields) -> Reply {
        var answer = state
        let status: Int
        switch action {
        case .acquire: status = 201
        case .renew, .change, .release: status = 200
        case .breakLease:
            status = 202
            answer.append("x-ms-lease-time", String(outcome.secondsLeft))
        }
        if status != 202, let lease = outcome.lease { answer.append("x-ms-lease-id", lease.id.text) }
        return Reply(status: status, fields: answer)
    }

    // MARK: - Leases that other operations show

    /// Refuses a reader that shows another lease than that there is; readers need not show any.
    func checkLeaseShown(_ lease: Lease?) throws {
        let id = try fields.leaseID("x-ms-lease-id")
        if let refusal = Lease.refusal(of: .read, id: id, lease: lease, at: now) { throw ServiceFailure(refusal) }
    }

    /// Where a store has no leases, one that is shown cannot be there.
    func refuseLeaseOfOtherStores() throws(ServiceFailure) {
        guard fields["x-ms-lease-id"] != nil, request.resource != .account, !(try store() is any LeasingStore) else {
            return
        }
        _ = try fields.leaseID("x-ms-lease-id")
        throw isOfContainer ? Self.container(.leaseNotPresent) : ServiceFailure(.leaseNotPresent)
    }

    private var isOfContainer: Bool { if case .container = request.resource { true } else { false } }

    /// The error in the words of what the request is about: leases of containers have codes of their own.
    func worded(_ error: any Error) -> any Error {
        guard isOfContainer else { return error }
        let code = (error as? BlobStoreError)?.kind.serviceCode.code ?? (error as? ServiceFailure)?.code
        let kinds: [BlobStoreError.Kind] = [.leaseIDMismatch, .leaseNotPresent]
        return kinds.first { $0.serviceCode.code == code }.map { Self.container($0) } ?? error
    }

    private static func container(_ kind: BlobStoreError.Kind) -> ServiceFailure {
        let code = kind.serviceCode.code.replacing("WithBlobOperation", with: "WithContainerOperation")
        return ServiceFailure(kind.serviceCode.status, code, ServiceMessage.text(for: code))
    }
}
