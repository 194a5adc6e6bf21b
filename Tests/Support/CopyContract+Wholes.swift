import BlobStorage
import ByteStreams
import HTTPMessages
import Testing

extension CopyContract {
    static let wholes: [Case] = [
        Case("a copy has the bytes, the blocks and what it is described to have") { kit in
            let attributes = BlobAttributes(
                contentType: "x/y", contentEncoding: "gzip", contentLanguage: "de", contentDisposition: "inline",
                cacheControl: "no-store", contentMD5: [UInt8](repeating: 7, count: 16), metadata: ["one": "1"])
            let bytes = try await kit.makeSource(attributes: attributes)
            let written = try await kit.copy(kit.from("source"), to: "a")
            let found = try await kit.kit.bytes(of: blob("a"), ByteRange(from: 0))
            #expect(found.bytes == bytes)
            #expect(attributes.isKept(in: found.properties.attributes))
            #expect(found.properties.tag == written.tag)
            #expect(found.properties.service.copy?.status == .success)
            #expect(found.properties.service.copy?.done == bytes.count)
            #expect(found.properties.service.copy?.completed != nil)
            let list = try await kit.kit.store.blockList(of: blob("a"))
            #expect(try list.committed.map(\.id) == (0..<3).map { try kit.id($0) })
            #expect(list.committed.map(\.size) == [100_000, 700, 50_001])
        },
        Case("a copy without its source's blocks is as if it had been put whole") { kit in
            let bytes = try await kit.makeSource()
            try await kit.copy(kit.from("source"), to: "a", keepsBlocks: false)
            #expect(try await kit.kit.bytes(of: blob("a"), ByteRange(from: 0)).bytes == bytes)
            #expect(try await kit.kit.store.blockList(of: blob("a")).committed.isEmpty)
        },
        Case("a copy stays when its source is deleted, replaced, or gone with its container") { kit in
            let bytes = try await kit.makeSource()
            try await kit.copy(kit.from("source"), to: "a")
            try await kit.source.put("other", to: blob("source"))
            #expect(try await kit.kit.bytes(of: blob("a"), ByteRange(from: 0)).bytes == bytes)
            try await kit.copy(kit.from("source"), to: "b")
            try await kit.source.store.delete(blob("source"), if: .always)
            #expect(try await kit.kit.text(of: blob("b")) == "other")
            try await kit.kit.account.delete(kit.source.container, if: .always)
            #expect(try await kit.kit.bytes(of: blob("a"), ByteRange(from: 0)).bytes == bytes)
            #expect(try await kit.kit.text(of: blob("b")) == "other")
        },
        Case("a source stays when its copy is deleted") { kit in
            let bytes = try await kit.makeSource()
            try await kit.copy(kit.from("source"), to: "a")
            try await kit.kit.store.delete(blob("a"), if: .always)
            #expect(try await kit.source.bytes(of: blob("source"), ByteRange(from: 0)).bytes == bytes)
        },
        Case("a blob can be copied to itself, and keeps its bytes") { kit in
            let bytes = try await kit.makeSource()
            let before = try await kit.source.store.properties(of: blob("source"), if: .always)
            let store = try #require(kit.source.store as? any CopyingStore)
            let written = try await store.copy(from: kit.from("source"), to: blob("source"), if: .always) { _ in
                CopyDescription(attributes: BlobAttributes(metadata: ["new": "yes"]), keepsBlocks: true, state: nil)
            }
            let found = try await kit.source.bytes(of: blob("source"), ByteRange(from: 0))
            #expect(found.bytes == bytes)
            #expect(found.properties.attributes.metadata == ["new": "yes"])
            #expect(written.tag != before.tag && found.properties.created == before.created)
        },
        Case("an empty blob is copied") { kit in
            try await kit.source.put("", to: blob("source"))
            try await kit.copy(kit.from("source"), to: "a")
            #expect(try await kit.kit.store.properties(of: blob("a"), if: .always).size == 0)
        },
        Case("a snapshot is copied as it was") { kit in
            try await kit.source.put("old", to: blob("source"))
            let store = try #require(kit.source.store as? any SnapshottingStore)
            let snapshot = try await store.snapshot(blob("source"), metadata: nil, if: .always).0
            try await kit.source.put("new", to: blob("source"))
            try await kit.copy(kit.from("source", snapshot: snapshot), to: "a")
            #expect(try await kit.kit.text(of: blob("a")) == "old")
            #expect(try await kit.kit.store.properties(of: blob("a"), if: .always).service.snapshot == nil)
        },
        Case("an append blob is copied as one, and grows apart") { kit in
            let appending = try #require(kit.source.store as? any AppendingStore)
            _ = try await appending.createAppendBlob(blob("source"), attributes: BlobAttributes(), if: .always)
            for text in ["one", "two"] {
                var source = MemorySource(Array(text.utf8))
                _ = try await appending.append(
                    &source, length: 3, to: blob("source"), at: AppendCondition(), if: .always)
            }
            try await kit.copy(kit.from("source"), to: "a")
            let copied = try await kit.kit.store.properties(of: blob("a"), if: .always).service
            #expect(copied.kind == .append && copied.appendedBlocks == 2)
            let copy = try #require(kit.kit.store as? any AppendingStore)
            var more = MemorySource(Array("more".utf8))
            _ = try await copy.append(&more, length: 4, to: blob("a"), at: AppendCondition(position: 6), if: .always)
            #expect(try await kit.kit.text(of: blob("a")) == "onetwomore")
            #expect(try await kit.source.text(of: blob("source")) == "onetwo")
            try await kit.kit.put("block blob", to: blob("b"))
            await expectRefusal(.wrongBlobKind) { try await kit.copy(kit.from("source"), to: "b") }
        },
        Case("uncommitted blocks of the source are not copied, those of the copy are dropped") { kit in
            try await kit.source.put("bytes", to: blob("source"))
            try await kit.source.stage("staged", as: kit.id(1), of: blob("source"))
            try await kit.kit.stage("mine", as: kit.id(2), of: blob("a"))
            try await kit.copy(kit.from("source"), to: "a")
            #expect(try await kit.kit.store.blockList(of: blob("a")).uncommitted.isEmpty)
            #expect(try await kit.source.store.blockList(of: blob("source")).uncommitted.count == 1)
        },
        Case("the source's conditions and the copy's are told apart") { kit in
            let tag = try await kit.source.put("x", to: blob("source")).tag
            let other = ETag("\"0x0\"")
            await expectSourceRefusal(.conditionNotMet) {
                try await kit.copy(kit.from("source", if: .matching(other)), to: "a")
            }
            await expectSourceRefusal(.notModified) {
                try await kit.copy(kit.from("source", if: AccessCondition(ifNoneMatch: .tag(tag))), to: "a")
            }
            await expectSourceRefusal(.blobNotFound) { try await kit.copy(kit.from("nothing"), to: "a") }
            await expectRefusal(.conditionNotMet) {
                try await kit.copy(kit.from("source"), to: "a", if: .matching(tag))
            }
            try await kit.copy(kit.from("source", if: .matching(tag)), to: "a", if: .absent)
            await expectRefusal(.blobAlreadyExists) { try await kit.copy(kit.from("source"), to: "a", if: .absent) }
        },
        Case("a missing container is told of the copy, and of the source as the source's") { kit in
            try await kit.source.put("x", to: blob("source"))
            let missing = try #require(kit.kit.missingStore() as? any CopyingStore)
            await expectRefusal(.containerNotFound) {
                _ = try await missing.copy(from: kit.from("source"), to: blob("a"), if: .always) { found in
                    CopyDescription(attributes: found.attributes, keepsBlocks: true, state: nil)
                }
            }
            let gone = CopySource(
                container: try ContractKit.freshName(), blob: try blob("source"), snapshot: nil, condition: .always)
            await expectSourceRefusal(.containerNotFound) { try await kit.copy(gone, to: "a") }
        },
        Case("whoever describes a copy can refuse it, and nothing is made") { kit in
            struct Refused: Error {}
            try await kit.source.put("x", to: blob("source"))
            await #expect(throws: Refused.self) {
                _ = try await kit.store.copy(from: kit.from("source"), to: blob("a"), if: .always) { _ in
                    throw Refused()
                }
            }
            await expectRefusal(.blobNotFound) { _ = try await kit.kit.store.properties(of: blob("a"), if: .always) }
        },
        Case("what lies in the archive is not copied") { kit in
            let name = try blob("source")
            try await kit.source.put("x", to: name)
            let store = try #require(kit.source.store as? any AnnotatingStore)
            try await store.setTier(.archive, of: name, snapshot: nil, if: .always)
            await expectSourceRefusal(.archived) { try await kit.copy(kit.from("source"), to: "a") }
            await expectSourceRefusal(.archived) {
                _ = try await kit.store.stage(
                    from: kit.from("source"), range: nil, as: kit.id(1), of: blob("a"), showing: nil)
            }
        },
        Case("a leased blob is replaced by a copy only with its lease") { kit in
            try await kit.source.put("x", to: blob("source"))
            try await kit.kit.put("old", to: blob("a"))
            let leasing = try #require(kit.kit.store as? any LeasingStore)
            _ = try await leasing.lease(.acquire(duration: nil, proposed: one), on: blob("a"), if: .always)
            await expectRefusal(.leaseIDMissing) { try await kit.copy(kit.from("source"), to: "a") }
            await expectRefusal(.leaseIDMissing) { _ = try await kit.begin() }
            try await kit.copy(kit.from("source"), to: "a", if: AccessCondition(lease: one))
            #expect(try await kit.kit.text(of: blob("a")) == "x")
            #expect(try await kit.kit.store.properties(of: blob("a"), if: .always).service.lease?.id == one)
        },
    ]
}
