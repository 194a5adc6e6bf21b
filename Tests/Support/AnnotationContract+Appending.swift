import BlobStorage
import Testing

extension AnnotationContract {
    static let appending: [Case] = [
        Case("an append blob begins empty and grows by blocks of any size") { kit in
            let created = try await kit.create(attributes: BlobAttributes(contentType: "t/t", metadata: ["m": "1"]))
            #expect(try await kit.text() == "")
            let large = String(repeating: "y", count: 50_000)
            var tags = [created.tag]
            var expected = ""
            for (index, text) in ["one", large, "three"].enumerated() {
                let block = try await kit.append(text)
                #expect(block.offset == expected.utf8.count && block.blocks == index + 1)
                expected += text
                tags.append(block.written.tag)
            }
            #expect(Set(tags).count == 4)
            #expect(try await kit.text() == expected)
            let found = try await kit.properties()
            #expect(found.service.kind == .append && found.service.appendedBlocks == 3 && !found.service.isSealed)
            #expect(
                found.tag == tags.last && found.attributes == BlobAttributes(contentType: "t/t", metadata: ["m": "1"]))
        },
        Case("a block goes only where the blob is expected to end, and not beyond what it may become") { kit in
            try await kit.create()
            try await kit.append("12345", at: AppendCondition(position: 0, largest: 5))
            for text in ["6", String(repeating: "6", count: 50_000)] {
                await expectRefusal(.appendPosition) { try await kit.append(text, at: AppendCondition(position: 0)) }
                await expectRefusal(.appendTooLong) { try await kit.append(text, at: AppendCondition(largest: 5)) }
                await expectRefusal(.conditionNotMet) { try await kit.append(text, if: .matching(ETag("0x1"))) }
            }
            await expectRefusal(.badRequest) { try await kit.append("") }
            try await kit.append("6", at: AppendCondition(position: 5, largest: 6))
            #expect(try await kit.text() == "123456")
        },
        Case("a sealed blob takes no more, but can be described and made anew") { kit in
            try await kit.create()
            let block = try await kit.append("x")
            await expectRefusal(.appendPosition) {
                _ = try await kit.appending.seal(blob("a"), at: AppendCondition(position: 0), if: .always)
            }
            let sealed = try await kit.appending.seal(blob("a"), at: AppendCondition(position: 1), if: .always)
            #expect(sealed == block.written)
            #expect(try await kit.appending.seal(blob("a"), at: AppendCondition(), if: .always) == sealed)
            let found = try await kit.properties()
            #expect(found.service.isSealed && found.tag == sealed.tag && found.lastModified == sealed.lastModified)
            await expectRefusal(.sealed) { try await kit.append("y") }
            _ = try await kit.annotating.setMetadata(["a": "b"], of: blob("a"), if: .always)
            try await kit.create()
            try await kit.append("new")
            #expect(try await kit.text() == "new")
        },
        Case("a snapshot of an append blob stays short when the blob grows") { kit in
            try await kit.create()
            try await kit.append("one")
            let id = try await kit.snapshot()
            try await kit.append("two")
            #expect(try await kit.text(of: id) == "one")
            #expect(try await kit.text() == "onetwo")
            let kept = try await kit.snapshotting.properties(of: blob("a"), snapshot: id, if: .always)
            #expect(kept.service.kind == .append && kept.service.appendedBlocks == 1)
        },
        Case("kinds are not mixed") { kit in
            try await kit.create()
            let ofBlocks: [@Sendable () async throws -> Void] = [
                { try await kit.put() }, { try await kit.kit.stage("x", as: block("1"), of: blob("a")) },
                { try await kit.kit.commit([], to: blob("a")) },
                { try await kit.annotating.setTier(.cool, of: blob("a"), snapshot: nil, if: .always) },
            ]
            for body in ofBlocks { await expectRefusal(.wrongBlobKind) { try await body() } }
            try await kit.store.delete(blob("a"), if: .always)
            await expectRefusal(.blobNotFound) { try await kit.append("x") }
            try await kit.put("hello")
            let ofAppending: [@Sendable () async throws -> Void] = [
                { try await kit.create() }, { try await kit.append("x") },
                { try await kit.append(String(repeating: "x", count: 50_000)) },
                { _ = try await kit.appending.seal(blob("a"), at: AppendCondition(), if: .always) },
            ]
            for body in ofAppending { await expectRefusal(.wrongBlobKind) { try await body() } }
            #expect(try await kit.text() == "hello")
        },
        Case("many writers append, and no block is lost or torn") { kit in
            try await kit.create()
            try await withThrowingDiscardingTaskGroup { group in
                for writer in 0..<8 {
                    group.addTask {
                        for size in [3, 20_000] {
                            try await kit.append(String(repeating: String(writer), count: size))
                        }
                    }
                }
            }
            let text = try await kit.text()
            #expect(text.utf8.count == 8 * 20_003)
            var runs: [UInt8: Int] = [:]
            var last: UInt8?
            for letter in text.utf8 where letter != last {
                runs[letter, default: 0] += 1
                last = letter
            }
            #expect(runs.values.allSatisfy { $0 <= 2 })
            #expect(try await kit.properties().service.appendedBlocks == 16)
        },
    ]
}
