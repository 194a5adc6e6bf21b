import BlobStorage
import ByteStreams
import HTTPMessages
import Testing

extension CopyContract {
    static let parts: [Case] = [
        Case("a part that lies in one block is staged, wherever the block lies") { kit in
            let bytes = try await kit.makeSource()
            let ranges = [
                0..<100_000, 5..<6, 99_999..<100_000, 100_000..<100_700, 100_003..<100_010, 100_700..<150_701,
            ]
            for (index, range) in ranges.enumerated() {
                let done = try await kit.store.stage(
                    from: kit.from("source"), range: ByteRange(range), as: kit.id(index), of: blob("a"), showing: nil)
                #expect(done, "\(range)")
            }
            let sizes = try await kit.kit.store.blockList(of: blob("a")).uncommitted.map(\.size)
            #expect(sizes == ranges.map(\.count))
            try await kit.source.store.delete(blob("source"), if: .always)
            try await kit.kit.commit(ranges.indices.map { try kit.id($0) }, to: blob("a"))
            let found = try await kit.kit.bytes(of: blob("a"), ByteRange(from: 0)).bytes
            #expect(found == ranges.flatMap { bytes[$0] })
        },
        Case("a part that lies in several blocks is left to others") { kit in
            _ = try await kit.makeSource()
            for range in [ByteRange(99_999..<100_001), ByteRange(from: 0), ByteRange(from: 100_000)] {
                let done = try await kit.store.stage(
                    from: kit.from("source"), range: range, as: kit.id(1), of: blob("a"), showing: nil)
                #expect(!done)
            }
            await expectRefusal(.blobNotFound) { _ = try await kit.kit.store.blockList(of: blob("a")) }
        },
        Case("what lies behind the end is left out, and nothing but that is refused") { kit in
            try await kit.source.put("hello", to: blob("source"))
            let store = try kit.store
            _ = try await store.stage(
                from: kit.from("source"), range: ByteRange(3..<900), as: kit.id(1), of: blob("a"), showing: nil)
            #expect(try await kit.kit.store.blockList(of: blob("a")).uncommitted.map(\.size) == [2])
            await expectSourceRefusal(.invalidRange) {
                _ = try await store.stage(
                    from: kit.from("source"), range: ByteRange(from: 5), as: kit.id(1), of: blob("a"), showing: nil)
            }
        },
        Case("a staged part follows the rules of ids, leases and conditions") { kit in
            try await kit.source.put("hello", to: blob("source"))
            try await kit.kit.stage("x", as: kit.id(1), of: blob("a"))
            let store = try kit.store
            await expectRefusal(.invalidBlockID) {
                _ = try await store.stage(
                    from: kit.from("source"), range: nil, as: block("longer-than-others"), of: blob("a"), showing: nil)
            }
            await expectSourceRefusal(.conditionNotMet) {
                let source = try kit.from("source", if: .matching(ETag("\"0x0\"")))
                _ = try await store.stage(from: source, range: nil, as: kit.id(2), of: blob("a"), showing: nil)
            }
            try await kit.kit.put("old", to: blob("b"))
            let leasing = try #require(kit.kit.store as? any LeasingStore)
            _ = try await leasing.lease(.acquire(duration: nil, proposed: one), on: blob("b"), if: .always)
            await expectRefusal(.leaseIDMissing) {
                _ = try await store.stage(
                    from: kit.from("source"), range: nil, as: kit.id(1), of: blob("b"), showing: nil)
            }
            #expect(
                try await store.stage(from: kit.from("source"), range: nil, as: kit.id(1), of: blob("b"), showing: one))
        },
    ]
}
