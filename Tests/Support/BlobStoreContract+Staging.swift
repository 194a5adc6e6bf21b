import BlobStorage
import CryptoDigests
import FoundationEssentials
import HTTPMessages
import Testing

extension BlobStoreContract {
    static let staging: [Case] = [
        Case("a staged block is in the block list and nowhere else") { kit in
            let name = try blob("a")
            try await kit.stage("hello", as: block("1"), of: name)
            let list = try await kit.store.blockList(of: name)
            #expect(list.committed == [])
            #expect(try list.uncommitted == [BlockList.Block(id: block("1"), size: 5)])
            #expect(list.properties == nil)
            #expect(try await kit.names() == [])
            await expectRefusal(.blobNotFound) { _ = try await kit.store.properties(of: name, if: .always) }
            await expectRefusal(.blobNotFound) { _ = try await kit.bytes(of: name, ByteRange(0..<1)) }
        },
        Case("staging the same id again replaces the block") { kit in
            let name = try blob("a")
            try await kit.stage("first", as: block("1"), of: name)
            try await kit.stage("second", as: block("1"), of: name)
            #expect(try await kit.store.blockList(of: name).uncommitted.map(\.size) == [6])
            try await kit.commit([block("1")], to: name)
            #expect(try await kit.text(of: name) == "second")
        },
        Case("uncommitted blocks are listed by id, whatever the order of staging") { kit in
            let name = try blob("a")
            for id in ["c", "a", "b"] { try await kit.stage(id, as: block(id), of: name) }
            let found = try await kit.store.blockList(of: name).uncommitted.map(\.id)
            #expect(try found == [block("a"), block("b"), block("c")])
        },
        Case("an id of another length than the uncommitted ones is refused") { kit in
            let name = try blob("a")
            try await kit.stage("x", as: block("1"), of: name)
            await expectRefusal(.invalidBlockID) { try await kit.stage("y", as: block("1234"), of: name) }
            #expect(try await kit.store.blockList(of: name).uncommitted.count == 1)
        },
        Case("ids of different blobs may differ in length") { kit in
            try await kit.stage("x", as: block("1"), of: blob("a"))
            try await kit.stage("y", as: block("1234"), of: blob("b"))
            #expect(try await kit.store.blockList(of: blob("b")).uncommitted.count == 1)
        },
        Case("after a commit ids of another length may be staged") { kit in
            let name = try blob("a")
            try await kit.stage("x", as: block("1"), of: name)
            try await kit.commit([block("1")], to: name)
            try await kit.stage("y", as: block("1234"), of: name)
            try await kit.commit([block("1234")], to: name)
            #expect(try await kit.text(of: name) == "y")
        },
        Case("an empty block is refused") { kit in
            await expectRefusal(.badRequest) { try await kit.stage("", as: block("1"), of: blob("a")) }
        },
        Case("ids of 64 bytes and ids with a plus and a slash are taken") { kit in
            let name = try blob("a")
            let id = try #require(
                BlockID(text: Base64.encode([UInt8](repeating: 0xFB, count: 60) + [255, 239, 190, 251])))
            #expect(id.text.contains("+") && id.text.contains("/"))
            try await kit.stage("x", as: id, of: name)
            #expect(try await kit.store.blockList(of: name).uncommitted.map(\.id) == [id])
            try await kit.commit([id], to: name)
            #expect(try await kit.store.blockList(of: name).committed.map(\.id) == [id])
        },
        Case("staging does not change a committed blob") { kit in
            let name = try blob("a")
            let written = try await kit.put("old", to: name)
            try await kit.stage("new", as: block("1"), of: name)
            #expect(try await kit.text(of: name) == "old")
            #expect(try await kit.store.properties(of: name, if: .always).tag == written.tag)
        },
        Case("a block of some MiB comes back as it was") { kit in
            let name = try blob("a")
            let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
            try await kit.store.stage(bytes.span, as: block("1"), of: name)
            try await kit.commit([block("1")], to: name)
            let found = try await kit.bytes(of: name, ByteRange(from: 0), room: 4 << 20).bytes
            #expect(found == bytes)
        },
        Case("many tasks may stage blocks of one blob at once") { kit in
            let name = try blob("a")
            let ids = try (100..<164).map { try block("\($0)") }
            try await withThrowingDiscardingTaskGroup { group in
                for (index, id) in ids.enumerated() {
                    group.addTask { try await kit.stage("<\(index)>", as: id, of: name) }
                }
            }
            try await kit.commit(ids.reversed(), to: name)
            #expect(try await kit.text(of: name) == (0..<64).reversed().map { "<\($0)>" }.joined())
        },
        Case("a block list is asked of a blob that is not there") { kit in
            await expectRefusal(.blobNotFound) { _ = try await kit.store.blockList(of: blob("nothing")) }
        },
    ]

    static let commits: [Case] = [
        Case("a commit makes the blob its blocks, in the order of the list") { kit in
            let name = try blob("a")
            for id in ["1", "2", "3"] { try await kit.stage("part \(id);", as: block(id), of: name) }
            let written = try await kit.commit([block("3"), block("1"), block("2")], to: name)
            #expect(try await kit.text(of: name) == "part 3;part 1;part 2;")
            let properties = try await kit.store.properties(of: name, if: .always)
            #expect(properties.size == 21)
            #expect(properties.tag == written.tag)
            #expect(properties.lastModified == written.lastModified)
            #expect(written.lastModified.timeIntervalSince1970.truncatingRemainder(dividingBy: 1) == 0)
        },
        Case("a commit drops the uncommitted blocks it does not name") { kit in
            let name = try blob("a")
            try await kit.stage("x", as: block("1"), of: name)
            try await kit.stage("y", as: block("2"), of: name)
            try await kit.commit([block("1")], to: name)
            let list = try await kit.store.blockList(of: name)
            #expect(list.uncommitted == [])
            #expect(try list.committed == [BlockList.Block(id: block("1"), size: 1)])
            await expectRefusal(.invalidBlockList) { try await kit.commit([block("2")], to: name) }
        },
        Case("a block list tells the state of the committed blob") { kit in
            let name = try blob("a")
            try await kit.stage("xyz", as: block("1"), of: name)
            let written = try await kit.commit([block("1")], to: name)
            let properties = try await kit.store.blockList(of: name).properties
            #expect(properties?.size == 3)
            #expect(properties?.tag == written.tag)
            #expect(properties?.lastModified == written.lastModified)
        },
        Case("an empty list commits an empty blob") { kit in
            let name = try blob("a")
            try await kit.commit([], to: name)
            #expect(try await kit.store.properties(of: name, if: .always).size == 0)
            #expect(try await kit.store.blockList(of: name).committed == [])
        },
        Case("a list that names an unknown block is refused and changes nothing") { kit in
            let name = try blob("a")
            try await kit.put("old", to: name)
            try await kit.stage("x", as: block("1"), of: name)
            await expectRefusal(.invalidBlockList) { try await kit.commit([block("1"), block("9")], to: name) }
            #expect(try await kit.text(of: name) == "old")
            #expect(try await kit.store.blockList(of: name).uncommitted.count == 1)
        },
        Case("a refused commit of a new blob leaves no blob") { kit in
            let name = try blob("a")
            await expectRefusal(.invalidBlockList) { try await kit.commit([block("1")], to: name) }
            await expectRefusal(.blobNotFound) { _ = try await kit.store.blockList(of: name) }
            #expect(try await kit.names(BlobQuery(includesUncommitted: true)) == [])
        },
        Case("latest means the uncommitted block, and the committed one where there is none") { kit in
            let name = try blob("a")
            try await kit.stage("a1", as: block("a"), of: name)
            try await kit.stage("b1", as: block("b"), of: name)
            try await kit.commit([block("a"), block("b")], to: name)
            try await kit.stage("b2", as: block("b"), of: name)
            try await kit.commit([block("a"), block("b")], to: name)
            #expect(try await kit.text(of: name) == "a1b2")
        },
        Case("committed means the committed block, even where an uncommitted one waits") { kit in
            let name = try blob("a")
            try await kit.stage("a1", as: block("a"), of: name)
            try await kit.commit([block("a")], to: name)
            try await kit.stage("a2", as: block("a"), of: name)
            let list = try [BlockReference(block("a"), .committed)]
            _ = try await kit.store.commit(list, to: name, attributes: BlobAttributes(), if: .always)
            #expect(try await kit.text(of: name) == "a1")
        },
        Case("committed and uncommitted blocks of one id may both be named") { kit in
            let name = try blob("a")
            try await kit.stage("old ", as: block("a"), of: name)
            try await kit.commit([block("a")], to: name)
            try await kit.stage("new", as: block("a"), of: name)
            let list = try [BlockReference(block("a"), .committed), BlockReference(block("a"), .uncommitted)]
            _ = try await kit.store.commit(list, to: name, attributes: BlobAttributes(), if: .always)
            #expect(try await kit.text(of: name) == "old new")
        },
        Case("uncommitted finds no committed block, committed no uncommitted one") { kit in
            let name = try blob("a")
            try await kit.stage("x", as: block("1"), of: name)
            try await kit.commit([block("1")], to: name)
            try await kit.stage("y", as: block("2"), of: name)
            for wrong in try [BlockReference(block("1"), .uncommitted), BlockReference(block("2"), .committed)] {
                await expectRefusal(.invalidBlockList) {
                    _ = try await kit.store.commit([wrong], to: name, attributes: BlobAttributes(), if: .always)
                }
            }
        },
        Case("the same list again makes the same bytes with a new tag") { kit in
            let name = try blob("a")
            try await kit.stage("x", as: block("1"), of: name)
            let first = try await kit.commit([block("1")], to: name)
            let second = try await kit.commit([block("1")], to: name)
            #expect(first.tag != second.tag)
            #expect(try await kit.text(of: name) == "x")
        },
        Case("a block may be named twice") { kit in
            let name = try blob("a")
            try await kit.stage("ab", as: block("1"), of: name)
            try await kit.commit([block("1"), block("1")], to: name)
            #expect(try await kit.text(of: name) == "abab")
            #expect(try await kit.store.blockList(of: name).committed.count == 2)
        },
        Case("committed blocks can be kept, moved, dropped and joined by new ones") { kit in
            let name = try blob("a")
            for id in ["1", "2", "3"] { try await kit.stage(id, as: block(id), of: name) }
            try await kit.commit([block("1"), block("2"), block("3")], to: name)
            try await kit.stage("4", as: block("4"), of: name)
            try await kit.commit([block("4"), block("3"), block("1")], to: name)
            #expect(try await kit.text(of: name) == "431")
            await expectRefusal(.invalidBlockList) { try await kit.commit([block("2")], to: name) }
        },
        Case("a list of more than 50,000 blocks is refused") { kit in
            let name = try blob("a")
            let id = try block("1")
            try await kit.stage("x", as: id, of: name)
            await expectRefusal(.blockListTooLong) {
                try await kit.commit([BlockID](repeating: id, count: 50_001), to: name)
            }
            #expect(try await kit.store.blockList(of: name).uncommitted.count == 1)
        },
        Case("a blob of a thousand blocks reads as one") { kit in
            let name = try blob("a")
            let ids = try (1000..<2000).map { try block("\($0)") }
            try await withThrowingDiscardingTaskGroup { group in
                for (index, id) in ids.enumerated() {
                    group.addTask { try await kit.stage("\(index),", as: id, of: name) }
                }
            }
            try await kit.commit(ids, to: name)
            #expect(try await kit.text(of: name) == (0..<1000).map { "\($0)," }.joined())
            #expect(try await kit.store.blockList(of: name).committed.map(\.id) == ids)
        },
        Case("a commit replaces all attributes") { kit in
            let name = try blob("a")
            let full = BlobAttributes(
                contentType: "text/plain", contentEncoding: "gzip", contentLanguage: "de", contentDisposition: "inline",
                cacheControl: "no-cache", contentMD5: (0..<16).map { $0 }, metadata: ["owner": "x"])
            try await kit.commit([], to: name, attributes: full)
            #expect(full.isKept(in: try await kit.store.properties(of: name, if: .always).attributes))
            let other = BlobAttributes(metadata: ["other": "y"])
            try await kit.commit([], to: name, attributes: other)
            #expect(other.isKept(in: try await kit.store.properties(of: name, if: .always).attributes))
        },
    ]
}
