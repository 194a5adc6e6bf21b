import BlobStorage
import FoundationEssentials
import Testing

extension AnnotationContract {
    static let snapshots: [Case] = [
        Case("a snapshot keeps the bytes, blocks and words of its moment") { kit in
            let attributes = BlobAttributes(contentType: "t/t", metadata: ["m": "1"], tags: try BlobTags(["k": "v"]))
            try await kit.kit.stage("old", as: block("1"), of: blob("a"))
            let before = try await kit.kit.commit([block("1")], to: blob("a"), attributes: attributes)
            let (id, written) = try await kit.snapshotting.snapshot(blob("a"), metadata: nil, if: .matching(before.tag))
            #expect(written == before)
            kit.clock.pass(5)
            try await kit.put("newer")
            _ = try await kit.annotating.setMetadata(["m": "2"], of: blob("a"), if: .always)
            let kept = try await kit.snapshotting.properties(of: blob("a"), snapshot: id, if: .matching(before.tag))
            #expect(kept.attributes == attributes && kept.size == 3)
            #expect(kept.service.snapshot == id && kept.lastModified == before.lastModified)
            #expect(try await kit.text(of: id) == "old")
            #expect(try await kit.text() == "newer")
            let list = try await kit.snapshotting.blockList(of: blob("a"), snapshot: id)
            #expect(try list.committed.map(\.id) == [block("1")])
            #expect(list.uncommitted.isEmpty && list.properties?.tag == before.tag)
        },
        Case("a snapshot with metadata of its own is a state of its own") { kit in
            let before = try await kit.put("x", attributes: BlobAttributes(metadata: ["m": "1"]))
            kit.clock.pass(5)
            let (id, written) = try await kit.snapshotting.snapshot(blob("a"), metadata: ["own": "2"], if: .always)
            #expect(written.tag != before.tag && written.lastModified == kit.clock.now)
            let kept = try await kit.snapshotting.properties(of: blob("a"), snapshot: id, if: .always)
            #expect(kept.attributes.metadata == ["own": "2"] && kept.tag == written.tag)
            #expect(try await kit.properties().attributes.metadata == ["m": "1"])
            #expect(try await kit.properties().tag == before.tag)
        },
        Case("the ids of one blob's snapshots grow, though the clock stands still or goes back") { kit in
            try await kit.put()
            var ids: [SnapshotID] = []
            for second in [0.0, 0, 1, -10, 0, 20] {
                kit.clock.pass(second)
                ids.append(try await kit.snapshot())
            }
            #expect(ids == ids.sorted() && Set(ids).count == 6)
        },
        Case("a blob with snapshots goes only with them, or they alone, or one of them") { kit in
            try await kit.put("one")
            let first = try await kit.snapshot()
            try await kit.put("two")
            let second = try await kit.snapshot()
            await expectRefusal(.snapshotsPresent) { try await kit.store.delete(blob("a"), if: .always) }
            try await kit.snapshotting.delete(blob("a"), .snapshot(first), if: .always)
            await expectRefusal(.blobNotFound) { _ = try await kit.text(of: first) }
            await expectRefusal(.blobNotFound) {
                try await kit.snapshotting.delete(blob("a"), .snapshot(first), if: .always)
            }
            #expect(try await kit.text(of: second) == "two")
            try await kit.snapshotting.delete(blob("a"), .snapshotsOnly, if: .always)
            await expectRefusal(.blobNotFound) { _ = try await kit.text(of: second) }
            #expect(try await kit.text() == "two")
            let third = try await kit.snapshot()
            try await kit.snapshotting.delete(blob("a"), .withSnapshots, if: .always)
            await expectRefusal(.blobNotFound) { _ = try await kit.text() }
            await expectRefusal(.blobNotFound) { _ = try await kit.text(of: third) }
        },
        Case("a lease is of the blob and not of its snapshots") { kit in
            try await kit.put("one")
            let id = try await kit.snapshot()
            _ = try await kit.leasing.lease(.acquire(duration: 15, proposed: one), on: blob("a"), if: .always)
            let next = try await kit.snapshot()
            #expect(try await kit.text(of: id) == "one")
            #expect(
                try await kit.snapshotting.properties(of: blob("a"), snapshot: id, if: .always).service.lease == nil)
            try await kit.snapshotting.delete(blob("a"), .snapshot(id), if: .always)
            await expectRefusal(.leaseIDMissing) {
                try await kit.snapshotting.delete(blob("a"), .withSnapshots, if: .always)
            }
            #expect(try await kit.text(of: next) == "one")
        },
        Case("a snapshot has a tier of its own") { kit in
            try await kit.put("one", attributes: BlobAttributes(tier: .cool))
            let id = try await kit.snapshot()
            try await kit.annotating.setTier(.archive, of: blob("a"), snapshot: id, if: .always)
            #expect(try await kit.text() == "one")
            await expectRefusal(.archived) { _ = try await kit.text(of: id) }
            try await kit.annotating.setTier(.hot, of: blob("a"), snapshot: id, if: .always)
            #expect(try await kit.text(of: id) == "one")
            #expect(try await kit.properties().attributes.tier == .cool)
        },
        Case("what is not there has no snapshots") { kit in
            await expectRefusal(.blobNotFound) { try await kit.snapshot() }
            try await kit.kit.stage("x", as: block("1"), of: blob("a"))
            await expectRefusal(.blobNotFound) { try await kit.snapshot() }
            let missing = try #require(kit.kit.missingStore() as? any SnapshottingStore)
            await expectRefusal(.containerNotFound) {
                _ = try await missing.snapshot(blob("a"), metadata: nil, if: .always)
            }
        },
    ]

    static let snapshotListings: [Case] = [
        Case("snapshots are listed before their blob, oldest first, and only when asked for") { kit in
            for name in ["a", "b", "c"] {
                try await kit.kit.put(name, to: blob(name))
                if name != "b" { for _ in 0..<2 { try await kit.snapshot(name) } }
            }
            let plain = BlobQuery()
            #expect(try await kit.kit.names(plain) == ["a", "b", "c"])
            let all = BlobQuery(includesSnapshots: true)
            #expect(try await kit.kit.names(all) == ["a", "a", "a", "b", "c", "c", "c"])
            let entries = try await kit.store.list(all).entries.compactMap(\.snapshot)
            try #require(entries.count == 4)
            #expect(entries[0] < entries[1] && entries[2] < entries[3])
            #expect(
                try await kit.store.list(all).entries.map { $0.snapshot == nil } == [
                    false, false, true, true, false, false, true,
                ])
        },
        Case("pages neither repeat nor lose a snapshot, wherever they end") { kit in
            for name in ["a", "a\u{301}", "ab"] {
                try await kit.kit.put(name, to: blob(name))
                for _ in 0..<4 { try await kit.snapshot(name) }
            }
            try await kit.kit.stage("x", as: block("1"), of: blob("aa"))
            let whole = try await kit.store.list(
                BlobQuery(includesUncommitted: true, includesSnapshots: true)
            ).entries
            #expect(whole.count == 16)
            for limit in 1...17 {
                let query = BlobQuery(limit: limit, includesUncommitted: true, includesSnapshots: true)
                #expect(try await kit.kit.pages(query).flatMap(\.entries) == whole, "pages of \(limit)")
            }
            #expect(try await kit.kit.names(BlobQuery(prefix: "ab", limit: 1, includesSnapshots: true)).count == 5)
        },
        Case("a page that ends within a name goes on there, though the snapshots before it are gone") { kit in
            try await kit.put()
            let ids = [try await kit.snapshot(), try await kit.snapshot(), try await kit.snapshot()]
            var query = BlobQuery(limit: 2, includesSnapshots: true)
            let first = try await kit.store.list(query)
            #expect(first.entries.compactMap(\.snapshot) == Array(ids.prefix(2)))
            for id in ids.prefix(2) { try await kit.snapshotting.delete(blob("a"), .snapshot(id), if: .always) }
            query.marker = first.next
            let rest = try await kit.store.list(query)
            #expect(rest.entries.map(\.snapshot) == [ids[2], nil])
            #expect(rest.next == nil)
        },
    ]
}

extension BlobPage.Entry {
    /// Which snapshot it is, if it is one.
    fileprivate var snapshot: SnapshotID? {
        if case .blob(_, let properties) = self { properties.service.snapshot } else { nil }
    }
}
