import BlobStorage
import FoundationEssentials
import HTTPMessages
import Testing

extension AnnotationContract {
    static let annotations: [Case] = [
        Case("new headers take the place of all the old ones, and change the tag") { kit in
            let tags = try BlobTags(["k": "v"])
            let old = BlobAttributes(
                contentType: "text/plain", contentEncoding: "gzip", contentMD5: [UInt8](repeating: 1, count: 16),
                metadata: ["m": "n"], tags: tags, tier: .cool)
            let before = try await kit.put("hello", attributes: old)
            kit.clock.pass(5)
            let written = try await kit.annotating.setHeaders(
                BlobAttributes(contentLanguage: "de", cacheControl: "no-store"), of: blob("a"),
                if: .matching(before.tag))
            let found = try await kit.properties()
            #expect(found.tag == written.tag && written.tag != before.tag)
            #expect(found.lastModified == kit.clock.now && found.created == before.lastModified)
            let expected = BlobAttributes(
                contentLanguage: "de", cacheControl: "no-store", metadata: ["m": "n"], tags: tags, tier: .cool)
            #expect(found.attributes == expected)
            #expect(try await kit.text() == "hello")
        },
        Case("new metadata takes the place of the old, and changes the tag") { kit in
            let before = try await kit.put(
                "hello", attributes: BlobAttributes(contentType: "t/t", metadata: ["a": "b"]))
            let first = try await kit.annotating.setMetadata(["c": "d"], of: blob("a"), if: .matching(before.tag))
            #expect(try await kit.properties().attributes == BlobAttributes(contentType: "t/t", metadata: ["c": "d"]))
            let second = try await kit.annotating.setMetadata([:], of: blob("a"), if: .always)
            #expect(try await kit.properties().attributes.metadata == [:])
            let next = try await kit.put()
            #expect(Set([before.tag, first.tag, second.tag, next.tag]).count == 4)
        },
        Case("a reader that pins a state is not given another one's headers") { kit in
            let before = try await kit.put("hello")
            _ = try await kit.annotating.setMetadata(["c": "d"], of: blob("a"), if: .always)
            await expectRefusal(.conditionNotMet) {
                _ = try await kit.kit.bytes(of: blob("a"), .init(from: 0), if: .matching(before.tag))
            }
        },
        Case("blocks of a blob are still there after it was described anew") { kit in
            for (id, text) in [("1", "one"), ("2", "two")] {
                try await kit.kit.stage(text, as: block(id), of: blob("a"))
            }
            try await kit.kit.commit([block("1"), block("2")], to: blob("a"))
            try await kit.kit.stage("three", as: block("3"), of: blob("a"))
            _ = try await kit.annotating.setMetadata(["c": "d"], of: blob("a"), if: .always)
            let list = try await kit.store.blockList(of: blob("a"))
            #expect(list.committed.count == 2 && list.uncommitted.count == 1)
            try await kit.kit.commit([block("2"), block("3")], to: blob("a"))
            #expect(try await kit.text() == "twothree")
        },
        Case("tags come and go without a new tag of the blob, and a write without tags clears them") { kit in
            let before = try await kit.put("x", attributes: BlobAttributes(tags: try BlobTags(["old": ""])))
            #expect(try await kit.properties().attributes.tags.values == ["old": ""])
            try await kit.annotating.setTags(BlobTags(["a": "b", "c d": "+-./:=_"]), of: blob("a"), if: .always)
            let found = try await kit.properties()
            #expect(found.attributes.tags.values == ["a": "b", "c d": "+-./:=_"])
            #expect(found.tag == before.tag && found.lastModified == before.lastModified)
            try await kit.put()
            #expect(try await kit.properties().attributes.tags.isEmpty)
        },
        Case("what is not there, or no longer what it was, is not described") { kit in
            let changes: [@Sendable (AccessCondition) async throws -> Void] = [
                { _ = try await kit.annotating.setHeaders(BlobAttributes(), of: blob("a"), if: $0) },
                { _ = try await kit.annotating.setMetadata([:], of: blob("a"), if: $0) },
                { try await kit.annotating.setTags(.none, of: blob("a"), if: $0) },
                { try await kit.annotating.setTier(.cool, of: blob("a"), snapshot: nil, if: $0) },
            ]
            for change in changes { await expectRefusal(.blobNotFound) { try await change(.always) } }
            try await kit.put()
            for change in changes {
                await expectRefusal(.conditionNotMet) { try await change(.matching(ETag("0x1"))) }
                await expectRefusal(.leaseNotPresent) { try await change(AccessCondition(lease: one)) }
            }
            _ = try await kit.leasing.lease(.acquire(duration: 15, proposed: one), on: blob("a"), if: .always)
            for change in changes {
                await expectRefusal(.leaseIDMissing) { try await change(.always) }
                try await change(AccessCondition(lease: one))
            }
        },
    ]

    static let tiers: [Case] = [
        Case("a tier is chosen by a write or afterwards, without a new tag, and stays when the blob is replaced") {
            kit in
            let before = try await kit.put()
            #expect(try await kit.properties().attributes.tier == nil)
            kit.clock.pass(5)
            try await kit.annotating.setTier(.cool, of: blob("a"), snapshot: nil, if: .always)
            let found = try await kit.properties()
            #expect(found.attributes.tier == .cool && found.service.tierChanged == kit.clock.now)
            #expect(found.tag == before.tag)
            let chosen = kit.clock.now
            kit.clock.pass(5)
            try await kit.put("y")
            let replaced = try await kit.properties()
            #expect(replaced.attributes.tier == .cool && replaced.service.tierChanged == chosen)
            try await kit.put("z", attributes: BlobAttributes(tier: .cold))
            let third = try await kit.properties()
            #expect(third.attributes.tier == .cold && third.service.tierChanged == kit.clock.now)
        },
        Case("a blob in the archive is neither read, described nor replaced, until it is brought back") { kit in
            try await kit.kit.stage("text", as: block("1"), of: blob("a"))
            try await kit.kit.commit([block("1")], to: blob("a"))
            try await kit.annotating.setTier(.archive, of: blob("a"), snapshot: nil, if: .always)
            let refused: [@Sendable () async throws -> Void] = [
                { _ = try await kit.text() }, { try await kit.kit.commit([block("1")], to: blob("a")) },
                { _ = try await kit.annotating.setMetadata([:], of: blob("a"), if: .always) },
                { _ = try await kit.annotating.setHeaders(BlobAttributes(), of: blob("a"), if: .always) },
                { try await kit.snapshot() }, { try await kit.put() },
            ]
            for body in refused { await expectRefusal(.archived) { try await body() } }
            #expect(try await kit.properties().size == 4)
            try await kit.annotating.setTags(BlobTags(["a": "b"]), of: blob("a"), if: .always)
            try await kit.annotating.setTier(.hot, of: blob("a"), snapshot: nil, if: .always)
            #expect(try await kit.text() == "text")
            for body in refused { try await body() }
            try await kit.put("y", attributes: BlobAttributes(tier: .archive))
            await expectRefusal(.archived) { _ = try await kit.text() }
            try await kit.snapshotting.delete(blob("a"), .withSnapshots, if: .always)
        },
    ]
}
