import BlobStorage
import DirectoryStore
import FoundationEssentials
import SystemCalls
import TestSupport
import Testing

@Suite("Leases and access of the directory store")
struct LeaseTests {
    @Test("keep the contract of leases", arguments: LeaseContract.cases)
    func contract(_ sentence: LeaseContract.Case) async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let clock = ServiceClock()
            try await withStore(path, clock: { clock.now }) { try await sentence.run($0, clock: clock) }
        }
    }

    @Test("are there again after the directory was closed and opened")
    func reopened() async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            let clock = ServiceClock()
            let (box, name, id) = (try ContainerName("box"), try BlobName("a"), LeaseID(1, 1))
            let access = ContainerAccess(
                publicAccess: .blobs, policies: [.init(id: "p", start: "", expiry: "", permissions: "rl")])
            try await withStore(path, clock: { clock.now }) { account in
                _ = try await account.create(box, metadata: [:])
                let store = account.store(of: box)
                try await store.put("x", to: name)
                let managed = try #require(store as? any ManagedContainer)
                _ = try await managed.setAccess(access, if: .always)
                _ = try await managed.lease(.acquire(duration: nil, proposed: id), if: .always)
                let leasing = try #require(store as? any LeasingStore)
                _ = try await leasing.lease(.acquire(duration: 20, proposed: id), on: name, if: .always)
            }
            clock.pass(10)
            try await withStore(path, clock: { clock.now }) { account in
                let store = account.store(of: box)
                let container = try await store.containerProperties()
                #expect(container.access == access)
                #expect(container.lease == Lease(id: id, duration: nil, end: nil))
                let lease = try #require(await store.properties(of: name, if: .always).service.lease)
                #expect(lease.id == id && lease.duration == 20)
                #expect(lease.end == clock.now + 10)
            }
        }
    }
}
