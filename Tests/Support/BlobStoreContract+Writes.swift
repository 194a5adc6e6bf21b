import BlobStorage
import FoundationEssentials
import HTTPMessages
import Testing

extension BlobStoreContract {
    static let puts: [Case] = [
        Case("a put blob is there at once, whole") { kit in
            let name = try blob("a")
            let written = try await kit.put("hello", to: name)
            let properties = try await kit.store.properties(of: name, if: .always)
            #expect(properties.size == 5)
            #expect(properties.tag == written.tag)
            #expect(properties.lastModified == written.lastModified)
            #expect(try await kit.text(of: name) == "hello")
        },
        Case("an empty blob can be put") { kit in
            try await kit.put("", to: blob("a"))
            #expect(try await kit.store.properties(of: blob("a"), if: .always).size == 0)
        },
        Case("a put blob has no committed blocks to name") { kit in
            let name = try blob("a")
            try await kit.put("hello", to: name)
            let list = try await kit.store.blockList(of: name)
            #expect(list.committed == [])
            #expect(list.properties?.size == 5)
        },
        Case("a put replaces a blob made of blocks, and its uncommitted blocks go") { kit in
            let name = try blob("a")
            try await kit.stage("old", as: block("1"), of: name)
            try await kit.commit([block("1")], to: name)
            try await kit.stage("x", as: block("2"), of: name)
            try await kit.put("new", to: name)
            let list = try await kit.store.blockList(of: name)
            #expect(list.committed == [] && list.uncommitted == [])
            #expect(try await kit.text(of: name) == "new")
            try await kit.stage("z", as: block("1234"), of: name)
        },
        Case("a commit replaces a put blob") { kit in
            let name = try blob("a")
            try await kit.put("old", to: name)
            try await kit.stage("new!", as: block("1"), of: name)
            try await kit.commit([block("1")], to: name)
            #expect(try await kit.text(of: name) == "new!")
        },
        Case("attributes and metadata of a put blob come back") { kit in
            let name = try blob("a")
            let attributes = BlobAttributes(
                contentType: "application/x-dump; v=1", contentEncoding: "zstd", contentLanguage: "en, de",
                contentDisposition: "attachment; filename=\"a b.sql\"", cacheControl: "max-age=3",
                metadata: ["penstock_upload": "0123", "Mixed_Case": "Value with spaces, and = & %41 +", "_x": ""])
            try await kit.put("hello", to: name, attributes: attributes)
            let found = try await kit.store.properties(of: name, if: .always).attributes
            #expect(attributes.isKept(in: found))
            #expect(found.metadata(named: "mixed_case") == "Value with spaces, and = & %41 +")
        },
        Case("each write changes the tag") { kit in
            let name = try blob("a")
            var tags: Set<ETag> = []
            for _ in 0..<5 { tags.insert(try await kit.put("same", to: name).tag) }
            #expect(tags.count == 5)
        },
        Case("a blob of 64 KiB and one byte comes back as it was") { kit in
            let name = try blob("a")
            let bytes = (0..<65_537).map { UInt8(truncatingIfNeeded: $0 % 251) }
            _ = try await kit.store.put(bytes.span, to: name, attributes: BlobAttributes(), if: .always)
            #expect(try await kit.bytes(of: name, ByteRange(from: 0)).bytes == bytes)
        },
        Case("a deleted blob is gone, with its uncommitted blocks") { kit in
            let name = try blob("a")
            try await kit.put("x", to: name)
            try await kit.stage("y", as: block("1"), of: name)
            try await kit.store.delete(name, if: .always)
            await expectRefusal(.blobNotFound) { _ = try await kit.store.properties(of: name, if: .always) }
            await expectRefusal(.blobNotFound) { _ = try await kit.store.blockList(of: name) }
            await expectRefusal(.blobNotFound) { try await kit.store.delete(name, if: .always) }
            #expect(try await kit.names(BlobQuery(includesUncommitted: true)) == [])
        },
        Case("a deleted blob's name can be used again") { kit in
            let name = try blob("a")
            let first = try await kit.put("x", to: name)
            try await kit.store.delete(name, if: .always)
            let second = try await kit.put("y", to: name, if: .absent)
            #expect(first.tag != second.tag)
            #expect(try await kit.text(of: name) == "y")
        },
        Case("deleting a blob that is not there, or was never committed, is refused") { kit in
            await expectRefusal(.blobNotFound) { try await kit.store.delete(blob("nothing"), if: .always) }
            try await kit.stage("x", as: block("1"), of: blob("a"))
            await expectRefusal(.blobNotFound) { try await kit.store.delete(blob("a"), if: .always) }
        },
        Case("deleting one of several blobs leaves the others") { kit in
            for name in ["a", "a/b", "ab"] { try await kit.put(name, to: blob(name)) }
            try await kit.store.delete(blob("a"), if: .always)
            #expect(try await kit.names() == ["a/b", "ab"])
            #expect(try await kit.text(of: blob("a/b")) == "a/b")
        },
    ]

    static let conditions: [Case] = [
        Case("create-only writes a blob that is not there and refuses one that is") { kit in
            let name = try blob("a")
            try await kit.put("first", to: name, if: .absent)
            await expectRefusal(.blobAlreadyExists) { try await kit.put("second", to: name, if: .absent) }
            try await kit.stage("x", as: block("1"), of: name)
            await expectRefusal(.blobAlreadyExists) { try await kit.commit([block("1")], to: name, if: .absent) }
            #expect(try await kit.text(of: name) == "first")
            #expect(try await kit.store.blockList(of: name).uncommitted.count == 1)
        },
        Case("uncommitted blocks do not make a blob exist") { kit in
            let name = try blob("a")
            try await kit.stage("x", as: block("1"), of: name)
            try await kit.commit([block("1")], to: name, if: .absent)
            #expect(try await kit.text(of: name) == "x")
        },
        Case("a write pinned to a tag is done on that state only") { kit in
            let name = try blob("a")
            let first = try await kit.put("1", to: name)
            let second = try await kit.put("2", to: name, if: .matching(first.tag))
            await expectRefusal(.conditionNotMet) { try await kit.put("3", to: name, if: .matching(first.tag)) }
            await expectRefusal(.conditionNotMet) { try await kit.commit([], to: name, if: .matching(first.tag)) }
            await expectRefusal(.conditionNotMet) { try await kit.store.delete(name, if: .matching(first.tag)) }
            #expect(try await kit.text(of: name) == "2")
            try await kit.store.delete(name, if: .matching(second.tag))
        },
        Case("a write pinned to any tag needs a blob") { kit in
            let name = try blob("a")
            let present = AccessCondition(ifMatch: .any)
            await expectRefusal(.conditionNotMet) { try await kit.put("1", to: name, if: present) }
            await expectRefusal(.conditionNotMet) { try await kit.commit([], to: name, if: present) }
            try await kit.put("1", to: name)
            try await kit.put("2", to: name, if: present)
            #expect(try await kit.text(of: name) == "2")
        },
        Case("a write excluded by its tag is refused") { kit in
            let name = try blob("a")
            let tag = try await kit.put("1", to: name).tag
            let other = AccessCondition(ifNoneMatch: .tag(tag))
            await expectRefusal(.conditionNotMet) { try await kit.put("2", to: name, if: other) }
            try await kit.put("2", to: name)
            try await kit.put("3", to: name, if: other)
            #expect(try await kit.text(of: name) == "3")
        },
        Case("writes heed the time of the last change") { kit in
            let name = try blob("a")
            let time = try await kit.put("1", to: name).lastModified
            let earlier = time.addingTimeInterval(-60)
            await expectRefusal(.conditionNotMet) {
                try await kit.put("2", to: name, if: AccessCondition(ifUnmodifiedSince: earlier))
            }
            await expectRefusal(.conditionNotMet) {
                try await kit.put("2", to: name, if: AccessCondition(ifModifiedSince: time))
            }
            let again = try await kit.put("2", to: name, if: AccessCondition(ifModifiedSince: earlier))
            try await kit.put("3", to: name, if: AccessCondition(ifUnmodifiedSince: again.lastModified))
            #expect(try await kit.text(of: name) == "3")
        },
        Case("reads heed the tag") { kit in
            let name = try blob("a")
            let old = try await kit.put("1", to: name).tag
            let tag = try await kit.put("2", to: name).tag
            let byte = ByteRange(0..<1)
            #expect(try await kit.bytes(of: name, byte, if: .matching(tag)).bytes == Array("2".utf8))
            await expectRefusal(.conditionNotMet) { _ = try await kit.bytes(of: name, byte, if: .matching(old)) }
            let unless = AccessCondition(ifNoneMatch: .tag(tag))
            await expectRefusal(.notModified) { _ = try await kit.bytes(of: name, byte, if: unless) }
            await expectRefusal(.notModified) { _ = try await kit.store.properties(of: name, if: unless) }
            await expectRefusal(.conditionNotMet) { _ = try await kit.store.properties(of: name, if: .matching(old)) }
            _ = try await kit.store.properties(of: name, if: AccessCondition(ifNoneMatch: .tag(old)))
        },
        Case("reads heed the time of the last change") { kit in
            let name = try blob("a")
            let time = try await kit.put("1", to: name).lastModified
            let earlier = time.addingTimeInterval(-60)
            await expectRefusal(.notModified) {
                _ = try await kit.store.properties(of: name, if: AccessCondition(ifModifiedSince: time))
            }
            await expectRefusal(.conditionNotMet) {
                _ = try await kit.store.properties(of: name, if: AccessCondition(ifUnmodifiedSince: earlier))
            }
            _ = try await kit.store.properties(of: name, if: AccessCondition(ifModifiedSince: earlier))
            _ = try await kit.store.properties(of: name, if: AccessCondition(ifUnmodifiedSince: time))
        },
        Case("of none-match and modified-since either is enough, of match and unmodified-since both are needed") {
            kit in
            let name = try blob("a")
            let written = try await kit.put("1", to: name)
            let earlier = written.lastModified.addingTimeInterval(-60)
            let other = ETag("0xDEADBEEF")
            for enough in [
                AccessCondition(ifNoneMatch: .tag(written.tag), ifModifiedSince: earlier),
                AccessCondition(ifNoneMatch: .tag(other), ifModifiedSince: written.lastModified),
            ] { _ = try await kit.store.properties(of: name, if: enough) }
            let neither = AccessCondition(ifNoneMatch: .tag(written.tag), ifModifiedSince: written.lastModified)
            await expectRefusal(.notModified) { _ = try await kit.store.properties(of: name, if: neither) }
            for half in [
                AccessCondition(ifMatch: .tag(written.tag), ifUnmodifiedSince: earlier),
                AccessCondition(ifMatch: .tag(other), ifUnmodifiedSince: written.lastModified),
            ] {
                await expectRefusal(.conditionNotMet) { _ = try await kit.store.properties(of: name, if: half) }
            }
        },
        Case("a blob that is not there is missing, not unmet, to a reader") { kit in
            let name = try blob("nothing")
            for condition in [AccessCondition.always, .matching(ETag("0x1")), .absent, AccessCondition(ifMatch: .any)] {
                await expectRefusal(.blobNotFound) { _ = try await kit.store.properties(of: name, if: condition) }
                await expectRefusal(.blobNotFound) {
                    _ = try await kit.bytes(of: name, ByteRange(0..<1), if: condition)
                }
            }
        },
    ]
}
