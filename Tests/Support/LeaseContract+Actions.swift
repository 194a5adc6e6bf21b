import BlobStorage
import FoundationEssentials
import Testing

extension LeaseContract {
    static let actions: [Case] = [
        Case("leasing changes neither the tag nor the time of a blob") { kit in
            try await kit.put()
            let before = try await kit.kit.store.properties(of: blob("a"), if: .always)
            kit.clock.pass(5)
            let (_, written) = try await kit.store.lease(
                .acquire(duration: 15, proposed: one), on: blob("a"), if: .always)
            for action in [LeaseAction.renew(one), .change(from: one, to: two), .breakLease(period: 3), .release(two)] {
                try await kit.act(action)
            }
            let after = try await kit.kit.store.properties(of: blob("a"), if: .always)
            #expect(after == before)
            #expect(written == WrittenBlob(tag: before.tag, lastModified: before.lastModified))
        },
        Case("only what was committed can be leased") { kit in
            await expectRefusal(.blobNotFound) { try await kit.acquire() }
            try await kit.kit.stage("x", as: block("1"), of: blob("a"))
            await expectRefusal(.blobNotFound) { try await kit.acquire() }
            let missing = try #require(kit.kit.missingStore() as? any LeasingStore)
            await expectRefusal(.containerNotFound) {
                _ = try await missing.lease(.renew(one), on: blob("a"), if: .always)
            }
            await expectRefusal(.containerNotFound) { try await missing.requireLease(nil, on: blob("a")) }
        },
        Case("a lease without a proposed id gets one of its own") { kit in
            try await kit.put()
            let first = try await kit.acquire()
            try await kit.act(.release(first))
            #expect(try await kit.acquire() != first)
        },
        Case("a lease that is held can be taken again with its own id only, and gets the new duration") { kit in
            try await kit.put()
            try await kit.acquire(15, one)
            await expectRefusal(.leaseAlreadyPresent) { try await kit.acquire() }
            await expectRefusal(.leaseAlreadyPresent) { try await kit.acquire(15, two) }
            try await kit.acquire(nil, one)
            kit.clock.pass(3600)
            #expect(try await kit.state() == .leased)
        },
        Case("a lease ends by itself unless it is renewed") { kit in
            try await kit.put()
            let id = try await kit.acquire(15)
            kit.clock.pass(14)
            try await kit.act(.renew(id))
            kit.clock.pass(14)
            #expect(try await kit.state() == .leased)
            kit.clock.pass(2)
            #expect(try await kit.state() == .expired)
            #expect(try await kit.acquire(60, two) == two)
            await expectRefusal(.leaseIDMismatchWithLease) { try await kit.act(.renew(id)) }
        },
        Case("a lease that has ended can be renewed until the blob is written") { kit in
            try await kit.put()
            kit.clock.pass(60)
            let id = try await kit.acquire(15)
            try await kit.put(id)
            kit.clock.pass(20)
            try await kit.act(.renew(id))
            #expect(try await kit.state() == .leased)
            kit.clock.pass(20)
            try await kit.put()
            await expectRefusal(.leaseIDMismatchWithLease) { try await kit.act(.renew(id)) }
            kit.clock.pass(20)
            await expectRefusal(.leaseIDMismatchWithLease) { try await kit.act(.renew(id)) }
            #expect(try await kit.state() == .expired)
        },
        Case("a lease is broken at once, after a period, or when it would have ended anyway") { kit in
            try await kit.put()
            await expectRefusal(.leaseNotPresentWithLease) { try await kit.act(.breakLease(period: nil)) }
            try await kit.acquire(nil, one)
            #expect(try await kit.act(.breakLease(period: nil)).secondsLeft == 0)
            #expect(try await kit.state() == .broken)
            try await kit.acquire(30, one)
            #expect(try await kit.act(.breakLease(period: 60)).secondsLeft == 30)
            #expect(try await kit.act(.breakLease(period: 10)).secondsLeft == 10)
            #expect(try await kit.state() == .breaking)
            await expectRefusal(.leaseBreaking) { try await kit.acquire(15, one) }
            await expectRefusal(.leaseAlreadyPresent) { try await kit.acquire(15, two) }
            await expectRefusal(.leaseBreakingChange) { try await kit.act(.change(from: one, to: two)) }
            await expectRefusal(.leaseBroken) { try await kit.act(.renew(one)) }
            kit.clock.pass(10)
            #expect(try await kit.state() == .broken)
            await expectRefusal(.leaseBroken) { try await kit.act(.renew(one)) }
            await expectRefusal(.leaseNotPresentWithLease) { try await kit.act(.change(from: one, to: two)) }
            try await kit.act(.release(one))
            #expect(try await kit.state() == .available)
        },
        Case("a lease can be handed to another id, and released by that one only") { kit in
            try await kit.put()
            try await kit.acquire(15, one)
            #expect(try await kit.act(.change(from: one, to: two)).lease?.id == two)
            // The same again: its answer may have been lost.
            #expect(try await kit.act(.change(from: one, to: two)).lease?.id == two)
            await expectRefusal(.leaseIDMismatchWithLease) { try await kit.act(.release(one)) }
            try await kit.act(.release(two))
            #expect(try await kit.state() == .available)
        },
        Case("a lease is taken under a condition") { kit in
            try await kit.put()
            await expectRefusal(.conditionNotMet) {
                try await kit.act(.acquire(duration: 15, proposed: nil), if: .matching(ETag("0x1")))
            }
            #expect(try await kit.state() == .available)
        },
        Case("of many that want a lease at once, one gets it") { kit in
            try await kit.put()
            let won = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { (try? await kit.acquire()) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
        },
    ]
}
