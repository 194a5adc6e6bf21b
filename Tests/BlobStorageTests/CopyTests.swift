import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import TestSupport
import Testing

@Suite("Copies block by block")
struct CopyTests {
    private static let time = Date(timeIntervalSince1970: 1_769_825_000)

    private static func stores() async throws -> (source: any BlobStore, destination: any BlobStore) {
        let account = MemoryAccount(clock: { time }, random: { UInt64.random(in: .min ... .max) })
        var stores: [any BlobStore] = []
        for name in ["source", "destination"] {
            _ = try await account.create(ContainerName(name), metadata: [:])
            stores.append(account.store(of: try ContainerName(name)))
        }
        return (stores[0], stores[1])
    }

    private static func plan(
        _ names: [(String, CopyTurn)], from source: any BlobStore, to destination: any BlobStore, sum: String? = nil
    ) async throws -> CopyPlan {
        var wishes: [CopyPlan.Wish] = []
        var existing: [BlobName: BlockList] = [:]
        for (text, turn) in names {
            let name = try BlobName(text)
            let state = try await source.properties(of: name, if: .always)
            wishes.append(
                CopyPlan.Wish(
                    source: name, destination: name, state: state, turn: turn, manifest: sum.map { (state.size, $0) }))
            existing[name] = try? await destination.blockList(of: name)
        }
        return try CopyPlan(
            wishes, from: "place", existing: existing, way: .stream(reason: "test"), mode: .auto,
            blockSize: CopyLayout.smallestBlock)
    }

    private static func copier(from source: any BlobStore, to destination: any BlobStore) -> BlobCopier {
        BlobCopier(
            from: source, to: destination, remote: nil, tier: nil, pool: BlockPool(budget: .mebibytes(1)),
            meter: TransferMeter(), width: 4, window: { 4 }, fallsBack: { _ in })
    }

    private static func put(_ count: Int, _ name: String, in store: any BlobStore, byte: UInt8 = 7) async throws {
        _ = try await store.put(
            [UInt8](repeating: byte, count: count).span, to: BlobName(name),
            attributes: BlobAttributes(contentType: "x/y", metadata: ["a": "b"]), if: .always)
    }

    @Test("cut a blob into at most 50,000 blocks, each named by the state it is of")
    func layout() throws {
        let small = CopyLayout(source: "p", tag: ETag("1"), size: 200_000, blockSize: 65536)
        #expect(small.blocks == 4 && small.range(of: 3) == 196_608..<200_000)
        let large = CopyLayout(source: "p", tag: ETag("1"), size: 10 << 40, blockSize: 8 << 20)
        #expect(large.blocks <= BlobLimits.blocks && large.blockSize % (1 << 20) == 0)
        #expect(CopyLayout(source: "p", tag: ETag("1"), size: 0, blockSize: 65536).blocks == 0)
        for other in [
            CopyLayout(source: "q", tag: ETag("1"), size: 200_000, blockSize: 65536),
            CopyLayout(source: "p", tag: ETag("2"), size: 200_000, blockSize: 65536),
            CopyLayout(source: "p", tag: ETag("1"), size: 200_001, blockSize: 65536),
        ] {
            #expect(other.id(of: 0) != small.id(of: 0))
        }
        #expect(small.id(of: 0) == CopyLayout(source: "p", tag: ETag("1"), size: 200_000, blockSize: 65536).id(of: 0))
    }

    @Test("keep what is said of a blob, and are recognised the next time")
    func same() async throws {
        let (source, destination) = try await Self.stores()
        for (name, count) in [("a", 200_000), ("b", 0), ("c", 1)] { try await Self.put(count, name, in: source) }
        let names: [(String, CopyTurn)] = [("c", .marker), ("b", .manifest), ("a", .data)]
        let plan = try await Self.plan(names, from: source, to: destination)
        #expect(plan.items.map(\.source.text) == ["a", "b", "c"] && plan.bytes == 200_001)
        let copier = Self.copier(from: source, to: destination)
        try await copier.run(plan) { _ in }
        #expect(copier.streamedBytes == 200_001)
        for name in ["a", "b", "c"] {
            let blob = try BlobName(name)
            let (first, second) = (
                try await source.contents(of: blob, limit: 1 << 20),
                try await destination.contents(of: blob, limit: 1 << 20)
            )
            #expect(first.bytes == second.bytes && first.properties.attributes == second.properties.attributes)
        }
        let again = try await Self.plan(names, from: source, to: destination)
        #expect(again.missing.isEmpty)
        try await Self.put(200_000, "a", in: source, byte: 8)
        let error = await #expect(throws: CopyError.self) {
            try await Self.plan(names, from: source, to: destination)
        }
        #expect(error?.kind == .otherContent && error?.exitCode == .exists)
    }

    @Test("refuse a source that was changed, and bytes that are not what their manifest says")
    func refused() async throws {
        let (source, destination) = try await Self.stores()
        try await Self.put(200_000, "a", in: source)
        let plan = try await Self.plan([("a", .data)], from: source, to: destination)
        try await Self.put(200_000, "a", in: source, byte: 8)
        let copier = Self.copier(from: source, to: destination)
        let changed = await #expect(throws: CopyError.self) { try await copier.run(plan) { _ in } }
        #expect(changed?.kind == .sourceChanged)
        let wrong = try await Self.plan(
            [("a", .data)], from: source, to: destination, sum: "0123456789abcdef")
        let damaged = await #expect(throws: CopyError.self) { try await copier.run(wrong) { _ in } }
        #expect(damaged?.kind == .damaged && damaged?.exitCode == .integrity)
        await #expect(throws: BlobStoreError.self) {
            try await destination.properties(of: BlobName("a"), if: .always)
        }
    }

    @Test("stage again only what is missing")
    func resumed() async throws {
        let (source, destination) = try await Self.stores()
        try await Self.put(200_000, "a", in: source)
        let plan = try await Self.plan([("a", .data)], from: source, to: destination)
        let item = try #require(plan.items.first)
        let first = [UInt8](repeating: 7, count: item.layout.range(of: 0).count)
        try await destination.stage(first.span, as: item.layout.id(of: 0), of: item.destination)
        // A block that is too short is not taken for the one that is wanted.
        try await destination.stage([7].span, as: item.layout.id(of: 1), of: item.destination)
        let copier = Self.copier(from: source, to: destination)
        try await copier.run(plan) { #expect($0.resumed == 1 && $0.streamed == 200_000 - first.count) }
        #expect(try await destination.properties(of: item.destination, if: .always).size == 200_000)
    }
}
