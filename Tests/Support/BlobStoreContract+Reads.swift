import BlobStorage
import HTTPMessages
import SystemCalls
import Testing

extension BlobStoreContract {
    /// Three blocks: `0123`, `456`, `789`.
    private static func digits(_ kit: ContractKit) async throws -> BlobName {
        let name = try blob("digits")
        for (id, text) in [("1", "0123"), ("2", "456"), ("3", "789")] {
            try await kit.stage(text, as: block(id), of: name)
        }
        try await kit.commit([block("1"), block("2"), block("3")], to: name)
        return name
    }

    static let reads: [Case] = [
        Case("every range of a blob of three blocks reads as written") { kit in
            let name = try await digits(kit)
            let all = Array("0123456789".utf8)
            for start in 0..<10 {
                for end in (start + 1)...10 {
                    let found = try await kit.bytes(of: name, ByteRange(start..<end))
                    #expect(found.bytes == Array(all[start..<end]))
                    #expect(found.properties.size == 10)
                }
            }
        },
        Case("a range without an end reads to the end") { kit in
            let name = try await digits(kit)
            #expect(try await kit.bytes(of: name, ByteRange(from: 9)).bytes == Array("9".utf8))
            #expect(try await kit.bytes(of: name, ByteRange(from: 0)).bytes == Array("0123456789".utf8))
        },
        Case("an end beyond the blob is clipped") { kit in
            let name = try await digits(kit)
            #expect(try await kit.bytes(of: name, ByteRange(8..<100)).bytes == Array("89".utf8))
            #expect(try await kit.bytes(of: name, ByteRange(0..<Int.max)).bytes.count == 10)
        },
        Case("a start at or beyond the end is refused") { kit in
            let name = try await digits(kit)
            await expectRefusal(.invalidRange) { _ = try await kit.bytes(of: name, ByteRange(10..<11)) }
            await expectRefusal(.invalidRange) { _ = try await kit.bytes(of: name, ByteRange(from: 11)) }
            await expectRefusal(.invalidRange) { _ = try await kit.bytes(of: name, ByteRange(from: Int.max)) }
        },
        Case("an empty blob has no range to read") { kit in
            try await kit.put("", to: blob("a"))
            await expectRefusal(.invalidRange) { _ = try await kit.bytes(of: blob("a"), ByteRange(from: 0)) }
        },
        Case("a read appends behind what the buffer holds") { kit in
            let name = try await digits(kit)
            let bytes = try await [UInt8].filled(capacity: 6) { buffer in
                buffer.append(UInt8(ascii: "x"))
                _ = try await kit.store.read(name, range: ByteRange(2..<5), if: .always, into: &buffer)
                _ = try await kit.store.read(name, range: ByteRange(8..<10), if: .always, into: &buffer)
            }
            #expect(bytes == Array("x23489".utf8))
        },
        Case("a failed read appends nothing") { kit in
            let name = try await digits(kit)
            let bytes = try await [UInt8].filled(capacity: 20) { buffer in
                _ = try? await kit.store.read(name, range: ByteRange(from: 10), if: .always, into: &buffer)
                _ = try? await kit.store.read(
                    name, range: ByteRange(from: 0), if: .matching(ETag("0x0")), into: &buffer)
            }
            #expect(bytes == [])
        },
        Case("a read answers the same properties as asking for them") { kit in
            let name = try blob("a")
            let attributes = BlobAttributes(contentType: "text/plain", metadata: ["k": "v"])
            try await kit.put("x", to: name, attributes: attributes)
            let read = try await kit.bytes(of: name, ByteRange(0..<1)).properties
            let asked = try await kit.store.properties(of: name, if: .always)
            #expect(read.size == asked.size && read.tag == asked.tag && read.lastModified == asked.lastModified)
            #expect(attributes.isKept(in: read.attributes))
        },
        Case("ranges across blocks of many sizes read as written") { kit in
            let name = try blob("a")
            var all: [UInt8] = []
            var ids: [BlockID] = []
            for (index, size) in [1, 16_383, 16_384, 16_385, 70_000, 3, 300_001].enumerated() {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index &* 13) }
                ids.append(try block("\(index)"))
                try await kit.store.stage(bytes.span, as: ids[index], of: name)
                all += bytes
            }
            try await kit.commit(ids, to: name)
            var borders = [0, all.count]
            for size in [1, 16_384, 32_768, 49_153, 119_153, 119_156] { borders += [size - 1, size, size + 1] }
            for start in borders where start < all.count {
                for end in borders where end > start {
                    #expect(try await kit.bytes(of: name, ByteRange(start..<end)).bytes == Array(all[start..<end]))
                }
            }
        },
        Case("a blob replaced while it is read never mixes old and new") { kit in
            let name = try blob("a")
            let size = 100_000
            func fill(_ letter: UInt8) async throws {
                let bytes = [UInt8](repeating: letter, count: size / 2)
                try await kit.store.stage(bytes.span, as: block("\(letter)a"), of: name)
                try await kit.store.stage(bytes.span, as: block("\(letter)b"), of: name)
                try await kit.commit([block("\(letter)a"), block("\(letter)b")], to: name)
            }
            try await fill(10)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for letter in UInt8(11)...30 { try await fill(letter) } }
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<20 {
                            let bytes = try await kit.bytes(of: name, ByteRange(from: 0)).bytes
                            #expect(bytes.count == size && Set(bytes).count == 1)
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
        Case("a reader pinned to a state gets that state or a refusal") { kit in
            let name = try await digits(kit)
            let tag = try await kit.store.properties(of: name, if: .always).tag
            let first = try await kit.bytes(of: name, ByteRange(0..<5), if: .matching(tag)).bytes
            try await kit.put("something else", to: name)
            #expect(first == Array("01234".utf8))
            await expectRefusal(.conditionNotMet) {
                _ = try await kit.bytes(of: name, ByteRange(5..<10), if: .matching(tag))
            }
        },
    ]
}
