import BlobStorage
import ByteStreams
import HTTPMessages
import SystemCalls
import Testing

extension BlobStoreContract {
    /// Bytes that tell where they are.
    private static func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 % 253) } }

    private static func expectEndedEarly(_ expected: Int, _ received: Int, _ body: () async throws -> Void) async {
        await #expect(throws: StreamError(kind: .endedEarly(expected: expected, received: received))) {
            try await body()
        }
    }

    static let streams: [Case] = [
        Case("a block is staged from a source, whatever its pieces") { kit in
            for (index, step) in [1000, 65_536, Int.max].enumerated() {
                let name = try blob("a\(index)")
                var source = MemorySource(pattern(700_001), step: step)
                try await kit.store.stage(&source, length: 700_001, as: block("1"), of: name)
                try await kit.commit([block("1")], to: name)
                #expect(try await kit.bytes(of: name, ByteRange(from: 0)).bytes == pattern(700_001))
            }
        },
        Case("a short block is staged from a source") { kit in
            let name = try blob("a")
            var source = MemorySource(Array("hello".utf8), step: 2)
            try await kit.store.stage(&source, length: 5, as: block("1"), of: name)
            #expect(try await kit.store.blockList(of: name).uncommitted.map(\.size) == [5])
        },
        Case("a blob is put from a source, whatever its pieces") { kit in
            for (index, count) in [1, 16_384, 16_385, 262_144, 262_145, 700_001].enumerated() {
                let name = try blob("a\(index)")
                var source = MemorySource(pattern(count), step: 50_000)
                _ = try await kit.store.put(
                    &source, length: count, to: name, attributes: BlobAttributes(contentType: "x/y"), if: .absent)
                let found = try await kit.bytes(of: name, ByteRange(from: 0))
                #expect(found.bytes == pattern(count))
                #expect(found.properties.attributes.contentType == "x/y")
            }
        },
        Case("an empty blob is put from a source") { kit in
            var source = MemorySource([])
            _ = try await kit.store.put(&source, length: 0, to: blob("a"), attributes: BlobAttributes(), if: .always)
            #expect(try await kit.store.properties(of: blob("a"), if: .always).size == 0)
        },
        Case("an empty block from a source is refused") { kit in
            var source = MemorySource([])
            do {
                try await kit.store.stage(&source, length: 0, as: block("1"), of: blob("a"))
                Issue.record("an empty block was staged")
            } catch let error as BlobStoreError {
                #expect(error.kind == .badRequest)
            }
        },
        Case("a source that ends early stages nothing") { kit in
            for count in [0, 10, 300_000] {
                let name = try blob("a")
                await expectEndedEarly(400_000, count) {
                    var source = MemorySource(pattern(count), step: 7000)
                    try await kit.store.stage(&source, length: 400_000, as: block("1"), of: name)
                }
                await expectRefusal(.blobNotFound) { _ = try await kit.store.blockList(of: name) }
            }
        },
        Case("a source that ends early puts nothing") { kit in
            let name = try blob("a")
            try await kit.put("old", to: name)
            await expectEndedEarly(400_000, 300_000) {
                var source = MemorySource(pattern(300_000))
                _ = try await kit.store.put(
                    &source, length: 400_000, to: name, attributes: BlobAttributes(), if: .always)
            }
            #expect(try await kit.text(of: name) == "old")
        },
        Case("a source that throws in the middle stages nothing, and its error comes through") { kit in
            for count in [0, 5, 300_000] {
                let name = try blob("a")
                await #expect(throws: BrokenSource.Broken()) {
                    var source = BrokenSource(after: count)
                    try await kit.store.stage(&source, length: 400_000, as: block("1"), of: name)
                }
                await expectRefusal(.blobNotFound) { _ = try await kit.store.blockList(of: name) }
                #expect(try await kit.names(BlobQuery(includesUncommitted: true)) == [])
            }
        },
        Case("a source that throws in the middle puts nothing, and its error comes through") { kit in
            let name = try blob("a")
            await #expect(throws: BrokenSource.Broken()) {
                var source = BrokenSource(after: 300_000)
                _ = try await kit.store.put(
                    &source, length: 400_000, to: name, attributes: BlobAttributes(), if: .always)
            }
            await expectRefusal(.blobNotFound) { _ = try await kit.store.properties(of: name, if: .always) }
        },
        Case("a failed stage keeps the block that was there") { kit in
            let name = try blob("a")
            try await kit.stage("good", as: block("1"), of: name)
            await #expect(throws: BrokenSource.Broken()) {
                var source = BrokenSource(after: 100_000)
                try await kit.store.stage(&source, length: 400_000, as: block("1"), of: name)
            }
            try await kit.commit([block("1")], to: name)
            #expect(try await kit.text(of: name) == "good")
        },
        Case("a streamed block follows the rules of ids and containers") { kit in
            let name = try blob("a")
            try await kit.stage("x", as: block("1"), of: name)
            await expectRefusal(.invalidBlockID) {
                var source = MemorySource(pattern(300_000))
                try await kit.store.stage(&source, length: 300_000, as: block("1234"), of: name)
            }
            let missing = try kit.missingStore()
            await expectRefusal(.containerNotFound) {
                var source = MemorySource(pattern(300_000))
                try await missing.stage(&source, length: 300_000, as: block("1"), of: name)
            }
        },
        Case("a streamed put heeds its condition") { kit in
            let name = try blob("a")
            try await kit.put("old", to: name)
            await expectRefusal(.blobAlreadyExists) {
                var source = MemorySource(pattern(300_000))
                _ = try await kit.store.put(
                    &source, length: 300_000, to: name, attributes: BlobAttributes(), if: .absent)
            }
            #expect(try await kit.text(of: name) == "old")
        },
    ]

    static let races: [Case] = [
        Case("of concurrent create-only commits exactly one wins") { kit in
            for round in 0..<5 {
                let name = try blob("race-\(round)")
                let ids = try (0..<4).map { try block("\($0)") }
                for id in ids { try await kit.stage(id.text, as: id, of: name) }
                let winners = try await withThrowingTaskGroup(of: BlockID?.self) { group in
                    for id in ids {
                        group.addTask {
                            do {
                                try await kit.commit([id], to: name, if: .absent)
                                return id
                            } catch let error as BlobStoreError {
                                // The winner drops the blocks of the others.
                                #expect(error.kind == .blobAlreadyExists || error.kind == .invalidBlockList)
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: [BlockID]()) { $0 += $1.map { [$0] } ?? [] }
                }
                #expect(winners.count == 1)
                #expect(try await kit.text(of: name) == winners.first?.text)
            }
        },
        Case("of concurrent create-only puts exactly one wins") { kit in
            let name = try blob("race")
            let winners = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        do {
                            try await kit.put("\(index)", to: name, if: .absent)
                            return 1
                        } catch let error as BlobStoreError {
                            #expect(error.kind == .blobAlreadyExists)
                            return 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(winners == 1)
        },
        Case("of concurrent writes pinned to one tag exactly one wins") { kit in
            let name = try blob("counter")
            let tag = try await kit.put("0", to: name).tag
            let winners = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        do {
                            try await kit.put("\(index)", to: name, if: .matching(tag))
                            return 1
                        } catch let error as BlobStoreError {
                            #expect(error.kind == .conditionNotMet)
                            return 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(winners == 1)
        },
        Case("of concurrent creations of a container exactly one wins") { kit in
            let name = try ContractKit.freshName()
            let winners = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        do {
                            _ = try await kit.account.create(name, metadata: [:])
                            return 1
                        } catch let error as BlobStoreError {
                            #expect(error.kind == .containerAlreadyExists)
                            return 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(winners == 1)
            try await kit.account.delete(name, if: .always)
        },
    ]
}
