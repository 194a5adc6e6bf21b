import BlobStorage
import ByteStreams
import HTTPMessages
import Testing

extension CopyContract {
    static let pending: [Case] = [
        Case("while a copy is pending the blob is empty, and nobody else writes to it") { kit in
            let name = try blob("a")
            try await kit.kit.put("old", to: name)
            _ = try await kit.begin()
            let found = try await kit.kit.store.properties(of: name, if: .always)
            #expect(found.size == 0 && found.service.copy?.status == .pending)
            #expect(found.attributes.metadata == ["made": "by-copy"])
            await expectRefusal(.copyPending) { try await kit.kit.put("x", to: name) }
            await expectRefusal(.copyPending) { try await kit.kit.store.delete(name, if: .always) }
            await expectRefusal(.copyPending) { try await kit.kit.commit([], to: name) }
            await expectRefusal(.copyPending) { try await kit.kit.stage("x", as: kit.id(1), of: name) }
            await expectRefusal(.copyPending) { _ = try await kit.begin("c2") }
            try await kit.source.put("x", to: blob("source"))
            await expectRefusal(.copyPending) { try await kit.copy(kit.from("source"), to: "a") }
            await expectRefusal(.copyPending) {
                _ = try await kit.store.stage(
                    from: kit.from("source"), range: nil, as: kit.id(1), of: name, showing: nil)
            }
            let unfinished = CopySource(container: kit.kit.container, blob: name, snapshot: nil, condition: .always)
            await expectSourceRefusal(.copyPending) { try await kit.copy(unfinished, to: "b") }
        },
        Case("a pending copy ends with its bytes, and then the blob is like any other") { kit in
            let begun = try await kit.begin()
            let bytes = pattern(400_000)
            try await kit.end("c1", bytes, if: .matching(begun.tag))
            #expect(try await kit.kit.bytes(of: blob("a"), ByteRange(from: 0)).bytes == bytes)
            let state = try #require(await kit.copyState())
            #expect(state.status == .success && state.done == 400_000 && state.completed != nil)
            try await kit.kit.put("new", to: blob("a"))
            #expect(try await kit.copyState() == nil)
        },
        Case("a copy into the archive ends there") { kit in
            var nothing = MemorySource([])
            let attributes = BlobAttributes(tier: .archive)
            let begun = try await kit.store.putCopy(
                &nothing, length: 0, to: blob("a"), attributes: attributes, state: state("c1", .pending, total: 10),
                if: .always)
            var source = MemorySource(pattern(10))
            _ = try await kit.store.putCopy(
                &source, length: 10, to: blob("a"), attributes: attributes,
                state: state("c1", .success, done: 10, total: 10), if: .matching(begun.tag))
            let found = try await kit.kit.store.properties(of: blob("a"), if: .always)
            #expect(found.size == 10 && found.attributes.tier == .archive)
        },
        Case("progress changes neither tag nor time, and does not end the copy") { kit in
            let begun = try await kit.begin()
            let progress = state("c1", .pending, done: 99, total: 400_000)
            try await kit.store.setCopyState(progress, of: blob("a"), if: .always)
            let found = try await kit.kit.store.properties(of: blob("a"), if: .always)
            #expect(found.tag == begun.tag && found.service.copy?.done == 99)
            try await kit.end("c1", pattern(10), if: .matching(begun.tag))
        },
        Case("an aborted copy leaves an empty blob that can be written, and its bytes come too late") { kit in
            let begun = try await kit.begin()
            let store = try kit.store
            await expectRefusal(.copyIDMismatch) {
                try await store.setCopyState(state("c2", .aborted, total: 1), of: blob("a"), if: .always)
            }
            try await store.setCopyState(state("c1", .aborted, total: 400_000), of: blob("a"), if: .always)
            await expectRefusal(.conditionNotMet) {
                try await kit.end("c1", pattern(400_000), if: .matching(begun.tag))
            }
            let found = try await kit.kit.store.properties(of: blob("a"), if: .always)
            #expect(found.size == 0 && found.service.copy?.status == .aborted && found.tag != begun.tag)
            #expect(found.attributes.metadata == ["made": "by-copy"])
            await expectRefusal(.noCopyPending) {
                try await store.setCopyState(state("c1", .aborted, total: 1), of: blob("a"), if: .always)
            }
            try await kit.kit.put("new", to: blob("a"))
        },
        Case("a copy whose source ends early makes nothing, and stays pending until it is said to have failed") { kit in
            let begun = try await kit.begin()
            await #expect(throws: StreamError(kind: .endedEarly(expected: 400_000, received: 300_000))) {
                try await kit.end("c1", pattern(300_000), promised: 400_000, if: .matching(begun.tag))
            }
            #expect(try await kit.copyState()?.status == .pending)
            try await kit.store.setCopyState(state("c1", .failed, total: 400_000), of: blob("a"), if: .always)
            #expect(try await kit.kit.store.properties(of: blob("a"), if: .always).size == 0)
            #expect(try await kit.copyState()?.status == .failed)
        },
        Case("a lease that is taken while a copy is pending keeps others from aborting it, not itself from ending") {
            kit in
            let begun = try await kit.begin()
            let leasing = try #require(kit.kit.store as? any LeasingStore)
            _ = try await leasing.lease(.acquire(duration: nil, proposed: one), on: blob("a"), if: .always)
            await expectRefusal(.leaseIDMissing) {
                try await kit.store.setCopyState(state("c1", .aborted, total: 1), of: blob("a"), if: .always)
            }
            try await kit.end("c1", pattern(10), if: .matching(begun.tag))
            #expect(try await kit.kit.store.properties(of: blob("a"), if: .always).size == 10)
        },
        Case("nothing is said of a copy where there is none") { kit in
            let pending = state("c1", .pending, total: 1)
            await expectRefusal(.blobNotFound) {
                try await kit.store.setCopyState(pending, of: blob("a"), if: .always)
            }
            try await kit.kit.put("x", to: blob("a"))
            await expectRefusal(.noCopyPending) {
                try await kit.store.setCopyState(pending, of: blob("a"), if: .always)
            }
        },
    ]
}
