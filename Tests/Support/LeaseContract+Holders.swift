import BlobStorage
import HTTPMessages
import SystemCalls
import Testing

extension LeaseContract {
    static let holders: [Case] = [
        Case("only the holder writes to a leased blob") { kit in
            try await kit.put()
            try await kit.kit.stage("y", as: block("1"), of: blob("a"))
            try await kit.acquire(15, one)
            let writes: [@Sendable (LeaseID?) async throws -> Void] = [
                { try await kit.put($0) },
                { try await kit.kit.commit([block("1")], to: blob("a"), if: AccessCondition(lease: $0)) },
                { try await kit.stage(10, $0) }, { try await kit.stage(50_000, $0) },
                { try await kit.store.requireLease($0, on: blob("a")) },
                { try await kit.kit.store.delete(blob("a"), if: AccessCondition(lease: $0)) },
            ]
            for write in writes {
                await expectRefusal(.leaseIDMissing) { try await write(nil) }
                await expectRefusal(.leaseIDMismatch) { try await write(two) }
            }
            for write in [writes[2], writes[3], writes[1], writes[4], writes[0]] { try await write(one) }
            #expect(try await kit.state() == .leased)
            try await writes[5](one)
            await expectRefusal(.blobNotFound) { _ = try await kit.state() }
        },
        Case("a large body for a blob that another holds is refused before it is read") { kit in
            try await kit.put()
            try await kit.acquire(15, one)
            let read: @Sendable () async throws -> Void = { Issue.record("the body was read") }
            await expectRefusal(.leaseIDMissing) { try await kit.stage(50_000, nil, whenRead: read) }
        },
        Case("a block counts by the lease there is when its last byte has come") { kit in
            try await kit.put()
            await expectRefusal(.leaseIDMissing) {
                try await kit.stage(50_000, nil) { try await kit.acquire(15, one) }
            }
            await expectRefusal(.leaseLost) {
                try await kit.stage(50_000, one) { kit.clock.pass(15) }
            }
            #expect(try await kit.kit.store.blockList(of: blob("a")).uncommitted.isEmpty)
        },
        Case("readers need no lease, but may not show a wrong one") { kit in
            try await kit.put()
            try await kit.acquire(15, one)
            let reads: [@Sendable (AccessCondition) async throws -> Void] = [
                { _ = try await kit.kit.store.properties(of: blob("a"), if: $0) },
                { _ = try await kit.kit.bytes(of: blob("a"), ByteRange(0..<1), if: $0) },
            ]
            for read in reads {
                try await read(.always)
                try await read(AccessCondition(lease: one))
                await expectRefusal(.leaseIDMismatch) { try await read(AccessCondition(lease: two)) }
            }
            kit.clock.pass(15)
            for read in reads {
                try await read(.always)
                await expectRefusal(.leaseLost) { try await read(AccessCondition(lease: one)) }
                await expectRefusal(.leaseNotPresent) { try await read(AccessCondition(lease: two)) }
            }
        },
        Case("a lease that was never there cannot be shown") { kit in
            try await kit.put()
            await expectRefusal(.leaseNotPresent) { try await kit.put(one) }
            await expectRefusal(.leaseNotPresent) { try await kit.stage(10, one) }
        },
        Case("a blob written anew after its removal is not leased") { kit in
            try await kit.put()
            try await kit.acquire(nil, one)
            try await kit.kit.store.delete(blob("a"), if: AccessCondition(lease: one))
            try await kit.put()
            #expect(try await kit.state() == .available)
        },
        Case("listings show leases") { kit in
            try await kit.put()
            try await kit.acquire(15, one)
            guard case .blob(_, let found) = try await kit.kit.store.list(BlobQuery()).entries.first else {
                Issue.record("the blob is not listed")
                return
            }
            #expect(found.service.lease?.id == one)
        },
    ]

    static let containers: [Case] = [
        Case("metadata and access of a container are replaced, with its tag and time") { kit in
            let before = try await kit.kit.store.containerProperties()
            kit.clock.pass(10)
            let second = try await kit.container.setMetadata(["a": "1"], if: .always)
            #expect(second.metadata == ["a": "1"] && second.tag != before.tag)
            #expect(second.lastModified > before.lastModified)
            let policy = ContainerAccess.Policy(id: "p", start: "", expiry: "2024-03-16", permissions: "r")
            let access = ContainerAccess(publicAccess: .blobs, policies: [policy])
            let third = try await kit.container.setAccess(access, if: .always)
            #expect(third.access == access && third.tag != second.tag)
            #expect(try await kit.kit.store.containerProperties() == third)
            await expectRefusal(.conditionNotMet) {
                _ = try await kit.container.setMetadata([:], if: .matching(second.tag))
            }
            #expect(try await kit.container.setAccess(.keyHoldersOnly, if: .always).metadata == ["a": "1"])
        },
        Case("what is not there cannot be changed") { kit in
            let missing = try #require(kit.kit.missingStore() as? any ManagedContainer)
            await expectRefusal(.containerNotFound) { _ = try await missing.setMetadata([:], if: .always) }
            await expectRefusal(.containerNotFound) { _ = try await missing.setAccess(.keyHoldersOnly, if: .always) }
            await expectRefusal(.containerNotFound) { _ = try await missing.lease(.renew(one), if: .always) }
        },
        Case("a leased container is deleted by its holder only, and may be changed by others") { kit in
            let (outcome, properties) = try await kit.container.lease(
                .acquire(duration: 15, proposed: one), if: .always)
            #expect(outcome.lease?.id == one && properties.lease?.id == one)
            #expect(try await kit.kit.store.containerProperties() == properties)
            await expectRefusal(.leaseIDMissing) { try await kit.kit.account.delete(kit.kit.container, if: .always) }
            await expectRefusal(.leaseIDMismatch) {
                try await kit.kit.account.delete(kit.kit.container, if: AccessCondition(lease: two))
            }
            await expectRefusal(.leaseIDMismatch) {
                _ = try await kit.container.setMetadata([:], if: AccessCondition(lease: two))
            }
            _ = try await kit.container.setMetadata([:], if: .always)
            _ = try await kit.container.setAccess(.keyHoldersOnly, if: AccessCondition(lease: one))
            try await kit.put()
            try await kit.kit.account.delete(kit.kit.container, if: AccessCondition(lease: one))
        },
        Case("a container's lease that has ended can be renewed until somebody else takes one") { kit in
            _ = try await kit.container.lease(.acquire(duration: 15, proposed: one), if: .always)
            kit.clock.pass(20)
            _ = try await kit.container.setMetadata([:], if: .always)
            _ = try await kit.container.lease(.renew(one), if: .always)
            kit.clock.pass(20)
            _ = try await kit.container.lease(.acquire(duration: 15, proposed: two), if: .always)
            await expectRefusal(.leaseIDMismatchWithLease) {
                _ = try await kit.container.lease(.renew(one), if: .always)
            }
        },
        Case("a container can be open to the public from the start") { kit in
            let account = try #require(kit.kit.account as? any ManagedAccount)
            let name = try ContractKit.freshName()
            let made = try await account.create(name, metadata: [:], publicAccess: .container)
            #expect(try await account.store(of: name).containerProperties() == made)
            #expect(made.access.publicAccess == .container)
        },
    ]
}
