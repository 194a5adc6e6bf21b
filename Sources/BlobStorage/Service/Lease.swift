public import FoundationEssentials

/// A lease on a blob or a container, as it is stored: who holds it and until when.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/lease-blob#outcomes-of-lease-operations-on-blobs-by-lease-state>
public struct Lease: Sendable, Equatable {
    public enum State: String, Sendable { case available, leased, expired, breaking, broken }

    public var id: LeaseID
    /// In seconds, 15 to 60; `nil` is for ever.
    public var duration: Int?
    /// When it ends unless it is renewed; `nil` for a lease without an end.
    public var end: Date?
    /// When it is broken, if somebody has asked for that.
    public var broken: Date?

    public init(id: LeaseID, duration: Int?, end: Date?, broken: Date? = nil) {
        self.id = id
        self.duration = duration
        self.end = end
        self.broken = broken
    }

    public func state(at now: Date) -> State {
        if let broken { return now < broken ? .breaking : .broken }
        if let end, end <= now { return .expired }
        return .leased
    }

    /// True while only its holder may write.
    public func isActive(at now: Date) -> Bool { [.leased, .breaking].contains(state(at: now)) }
}

/// What a client may do with a lease.
public enum LeaseAction: Sendable, Equatable {
    /// - duration: In seconds, 15 to 60; `nil` is for ever.
    case acquire(duration: Int?, proposed: LeaseID?)
    case renew(LeaseID)
    case change(from: LeaseID, to: LeaseID)
    case release(LeaseID)
    /// - period: In seconds, 0 to 60; `nil` waits for the rest of a lease that ends, and not at all for one that does not.
    case breakLease(period: Int?)
}

/// What has become of a lease.
public struct LeaseOutcome: Sendable, Equatable {
    /// `nil` if it was released.
    public let lease: Lease?
    /// What a break leaves the holder, in seconds; 0 for other actions.
    public let secondsLeft: Int

    public init(lease: Lease?, secondsLeft: Int) {
        self.lease = lease
        self.secondsLeft = secondsLeft
    }
}

/// Why a lease cannot be acquired, renewed, changed, released or broken.
public struct LeaseRefusal: Error, Equatable {
    public let kind: BlobStoreError.Kind

    init(_ kind: BlobStoreError.Kind) { self.kind = kind }
}

extension LeaseAction {
    /// Carries out the action on the lease there is, if any.
    ///
    /// - Parameters:
    ///   - newID: The id of a lease that is acquired without a proposed one.
    ///   - isUnchanged: False if the blob has been written since the lease ended, which forbids renewing it.
    public func apply(
        to lease: Lease?, at now: Date, newID: LeaseID, isUnchanged: Bool = true
    ) throws(LeaseRefusal) -> LeaseOutcome {
        switch self {
        case .acquire(let duration, let proposed):
            try Self.checkFree(lease, for: proposed, at: now)
            return LeaseOutcome(
                lease: Lease(id: proposed ?? newID, duration: duration, end: duration.map { now + .init($0) }),
                secondsLeft: 0)
        case .renew(let id):
            guard var lease, lease.id == id else { throw LeaseRefusal(.leaseIDMismatchWithLease) }
            switch lease.state(at: now) {
            case .breaking, .broken: throw LeaseRefusal(.leaseBroken)
            case .expired where !isUnchanged: throw LeaseRefusal(.leaseIDMismatchWithLease)
            case .expired, .leased, .available: break
            }
            lease.end = lease.duration.map { now + .init($0) }
            return LeaseOutcome(lease: lease, secondsLeft: 0)
        case .change(let old, let new): return try Self.change(lease, from: old, to: new, at: now)
        case .release(let id):
            guard let lease, lease.id == id else { throw LeaseRefusal(.leaseIDMismatchWithLease) }
            return LeaseOutcome(lease: nil, secondsLeft: 0)
        case .breakLease(let period):
            guard let lease else { throw LeaseRefusal(.leaseNotPresentWithLease) }
            return Self.broken(lease, after: period, at: now)
        }
    }

    private static func checkFree(
        _ lease: Lease?, for proposed: LeaseID?, at now: Date
    ) throws(LeaseRefusal) {
        guard let lease else { return }
        switch lease.state(at: now) {
        case .available, .expired, .broken: return
        case .leased: guard lease.id == proposed else { throw LeaseRefusal(.leaseAlreadyPresent) }
        case .breaking: throw LeaseRefusal(lease.id == proposed ? .leaseBreaking : .leaseAlreadyPresent)
        }
    }

    private static func change(
        _ lease: Lease?, from old: LeaseID, to new: LeaseID, at now: Date
    ) throws(LeaseRefusal) -> LeaseOutcome {
        guard var lease else { throw LeaseRefusal(.leaseNotPresentWithLease) }
        switch lease.state(at: now) {
        case .leased:
            // The new id is accepted, too: a change whose answer was lost may be repeated.
            guard lease.id == old || lease.id == new else { throw LeaseRefusal(.leaseIDMismatchWithLease) }
        case .breaking: throw LeaseRefusal(lease.id == old ? .leaseBreakingChange : .leaseIDMismatchWithLease)
        case .available, .broken, .expired: throw LeaseRefusal(.leaseNotPresentWithLease)
        }
        lease.id = new
        return LeaseOutcome(lease: lease, secondsLeft: 0)
    }

    private static func broken(_ lease: Lease, after period: Int?, at now: Date) -> LeaseOutcome {
        var lease = lease
        switch lease.state(at: now) {
        case .broken, .expired, .available:
            lease.broken = min(lease.broken ?? now, now)
            return LeaseOutcome(lease: lease, secondsLeft: 0)
        case .leased, .breaking:
            // A break never makes a lease last longer.
            let rest = lease.broken ?? lease.end
            let asked = period.map { now + .init($0) } ?? rest ?? now
            let moment = rest.map { min($0, asked) } ?? asked
            lease.broken = moment
            return LeaseOutcome(lease: lease, secondsLeft: Int(moment.timeIntervalSince(now).rounded(.up)))
        }
    }
}

extension Lease {
    /// Why an operation that shows `id`, or none, is refused; `nil` if it may be done.
    public static func refusal(
        of access: AccessCondition.Access, id: LeaseID?, lease: Lease?, at now: Date
    ) -> BlobStoreError.Kind? {
        guard let lease, lease.isActive(at: now) else {
            guard let id else { return nil }
            return lease?.id == id ? .leaseLost : .leaseNotPresent
        }
        guard let id else { return access == .write ? .leaseIDMissing : nil }
        return id == lease.id ? nil : .leaseIDMismatch
    }
}
