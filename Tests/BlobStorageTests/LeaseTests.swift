import BlobStorage
import FoundationEssentials
import Testing

/// The outcomes that the service documents.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/lease-blob#outcomes-of-lease-operations-on-blobs-by-lease-state>
@Suite("A lease")
struct LeaseTests {
    private static let now = Date(timeIntervalSince1970: 1_700_000_000)
    private static let own = LeaseID(1, 2)
    private static let other = LeaseID(3, 4)
    private static let new = LeaseID(5, 6)

    /// A lease of `own` in each state.
    private static let states: [Lease.State: Lease?] = [
        .available: nil,
        .leased: Lease(id: own, duration: 30, end: now + 20),
        .breaking: Lease(id: own, duration: 30, end: now + 20, broken: now + 10),
        .broken: Lease(id: own, duration: 30, end: now + 20, broken: now - 1),
        .expired: Lease(id: own, duration: 30, end: now - 1),
    ]

    private func outcome(_ action: LeaseAction, in state: Lease.State) -> Result<LeaseOutcome, LeaseRefusal> {
        Result { () throws(LeaseRefusal) in
            try action.apply(to: Self.states[state] ?? nil, at: Self.now, newID: Self.new)
        }
    }

    private func refusal(_ action: LeaseAction, in state: Lease.State) -> BlobStoreError.Kind? {
        guard case .failure(let refusal) = outcome(action, in: state) else { return nil }
        return refusal.kind
    }

    @Test("is in the state that its times say", arguments: [Lease.State.leased, .breaking, .broken, .expired])
    func state(expected: Lease.State) throws {
        let lease = try #require(Self.states[expected] ?? nil)
        #expect(lease.state(at: Self.now) == expected)
        #expect(lease.isActive(at: Self.now) == [.leased, .breaking].contains(expected))
    }

    @Test("is acquired by whoever comes first, and again by its holder")
    func acquire() throws {
        for state in [Lease.State.available, .broken, .expired] {
            let made = try outcome(.acquire(duration: 15, proposed: nil), in: state).get().lease
            #expect(made == Lease(id: Self.new, duration: 15, end: Self.now + 15))
        }
        #expect(refusal(.acquire(duration: 15, proposed: nil), in: .leased) == .leaseAlreadyPresent)
        #expect(refusal(.acquire(duration: 15, proposed: Self.other), in: .leased) == .leaseAlreadyPresent)
        #expect(refusal(.acquire(duration: 15, proposed: nil), in: .breaking) == .leaseAlreadyPresent)
        #expect(refusal(.acquire(duration: 15, proposed: Self.own), in: .breaking) == .leaseBreaking)
        let again = try outcome(.acquire(duration: nil, proposed: Self.own), in: .leased).get().lease
        #expect(again == Lease(id: Self.own, duration: nil, end: nil))
    }

    @Test("is renewed by its holder, also after its end if nothing was written since")
    func renew() throws {
        #expect(try outcome(.renew(Self.own), in: .leased).get().lease?.end == Self.now + 30)
        #expect(try outcome(.renew(Self.own), in: .expired).get().lease?.end == Self.now + 30)
        #expect(refusal(.renew(Self.own), in: .available) == .leaseIDMismatchWithLease)
        #expect(refusal(.renew(Self.own), in: .breaking) == .leaseBroken)
        #expect(refusal(.renew(Self.own), in: .broken) == .leaseBroken)
        #expect(refusal(.renew(Self.other), in: .leased) == .leaseIDMismatchWithLease)
        let expired = Self.states[.expired] ?? nil
        #expect(throws: LeaseRefusal.self) {
            _ = try LeaseAction.renew(Self.own).apply(to: expired, at: Self.now, newID: Self.new, isUnchanged: false)
        }
    }

    @Test("is changed while it is held")
    func change() throws {
        let change = LeaseAction.change(from: Self.own, to: Self.other)
        #expect(try outcome(change, in: .leased).get().lease?.id == Self.other)
        #expect(refusal(change, in: .available) == .leaseNotPresentWithLease)
        #expect(refusal(change, in: .breaking) == .leaseBreakingChange)
        #expect(refusal(change, in: .broken) == .leaseNotPresentWithLease)
        #expect(refusal(change, in: .expired) == .leaseNotPresentWithLease)
        #expect(refusal(.change(from: Self.new, to: Self.other), in: .leased) == .leaseIDMismatchWithLease)
    }

    @Test("is released by its holder in any state")
    func release() throws {
        for state in [Lease.State.leased, .breaking, .broken, .expired] {
            #expect(try outcome(.release(Self.own), in: state).get().lease == nil)
            #expect(refusal(.release(Self.other), in: state) == .leaseIDMismatchWithLease)
        }
        #expect(refusal(.release(Self.own), in: .available) == .leaseIDMismatchWithLease)
    }

    @Test("is broken by anybody, never later than it would have ended")
    func breaking() throws {
        #expect(refusal(.breakLease(period: nil), in: .available) == .leaseNotPresentWithLease)
        #expect(try outcome(.breakLease(period: nil), in: .leased).get().secondsLeft == 20)
        #expect(try outcome(.breakLease(period: 5), in: .leased).get().secondsLeft == 5)
        #expect(try outcome(.breakLease(period: 60), in: .leased).get().secondsLeft == 20)
        #expect(try outcome(.breakLease(period: 60), in: .breaking).get().secondsLeft == 10)
        #expect(try outcome(.breakLease(period: 5), in: .broken).get().secondsLeft == 0)
        #expect(try outcome(.breakLease(period: 5), in: .expired).get().lease?.state(at: Self.now) == .broken)
        let endless = Lease(id: Self.own, duration: nil, end: nil)
        let atOnce = try LeaseAction.breakLease(period: nil).apply(to: endless, at: Self.now, newID: Self.new)
        #expect(atOnce.secondsLeft == 0)
    }

    @Test("lets only its holder write, and readers show none or the right one")
    func use() {
        func refusal(_ access: AccessCondition.Access, _ id: LeaseID?, _ state: Lease.State) -> BlobStoreError.Kind? {
            Lease.refusal(of: access, id: id, lease: Self.states[state] ?? nil, at: Self.now)
        }
        #expect(refusal(.write, nil, .leased) == .leaseIDMissing)
        #expect(refusal(.write, Self.own, .leased) == nil)
        #expect(refusal(.write, Self.other, .leased) == .leaseIDMismatch)
        #expect(refusal(.write, nil, .expired) == nil)
        #expect(refusal(.write, Self.own, .expired) == .leaseLost)
        #expect(refusal(.write, Self.own, .available) == .leaseNotPresent)
        #expect(refusal(.read, nil, .leased) == nil)
        #expect(refusal(.read, Self.other, .leased) == .leaseIDMismatch)
    }

    @Test("has an id that is a GUID in any of its forms")
    func identifiers() {
        let text = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
        for form in [text, text.uppercased(), "{\(text)}", "(\(text))", text.filter { $0 != "-" }] {
            #expect(LeaseID(form)?.text == text)
        }
        for form in ["", "x", text + "0", String(text.dropLast()), "g" + text.dropFirst(), "{" + text] {
            #expect(LeaseID(form) == nil)
        }
    }
}
