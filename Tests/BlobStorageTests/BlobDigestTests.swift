import BlobStorage
import ByteStreams
import CryptoDigests
import Diagnostics
import FoundationEssentials
import TestSupport
import Testing

@Suite("The SHA-256 of a whole blob")
struct BlobDigestTests {
    private static let mebibyte = 1 << 20
    private let blob: BlobName
    private let store: any BlobStore

    init() async throws {
        blob = try BlobName("stream")
        let account = MemoryAccount(clock: { Date(timeIntervalSince1970: 1_700_000_000) }, random: { 7 })
        let name = try ContainerName("digests")
        _ = try await account.create(name, metadata: [:])
        store = account.store(of: name)
    }

    private func upload(_ bytes: [UInt8], digests: Bool = true) async throws -> StagedBlob {
        var generator = SystemRandomNumberGenerator()
        var staged = StagedBlob(name: blob, token: UploadToken(using: &generator))
        let uploader = Uploader(
            store: store, pool: BlockPool(budget: .mebibytes(8)),
            schedule: BlockSchedule(smallest: Self.mebibyte, largest: Self.mebibyte), meter: TransferMeter(),
            computesDigests: digests)
        try await uploader.stage(MemorySource(bytes), into: &staged)
        _ = try await uploader.commit(staged, attributes: BlobAttributes(), if: .always)
        return staged
    }

    private func download() async throws -> [UInt8] {
        let budget = try TransferBudget(memory: .mebibytes(64), concurrency: 4)
        let pool = BlockPool(budget: budget.blocks)
        let downloader = Downloader(store: store, pool: pool, budget: budget, meter: TransferMeter())
        var sink = MemorySink(limit: 1 << 24)
        do {
            _ = try await downloader.download(blob, into: &sink)
        } catch {
            await expectAllBack(in: pool)
            throw error
        }
        await expectAllBack(in: pool)
        return sink.bytes
    }

    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) } }

    @Test("is that of the pieces' digests, and read in pieces of its own size", arguments: [1, 1 << 20, 3 << 20 | 17])
    func value(size: Int) async throws {
        let bytes = Self.bytes(size)
        let staged = try await upload(bytes)
        var chain: [UInt8] = []
        for start in stride(from: 0, to: size, by: Self.mebibyte) {
            chain += Digest.of(bytes[start..<min(start + Self.mebibyte, size)].span, .sha256)
        }
        let digits = Digest.of(chain.span, .sha256).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        #expect(staged.digest?.text == "1048576-" + digits.joined())
        let kept = try await store.properties(of: blob, if: .always).attributes.metadata(named: "penstock_sha256")
        #expect(kept == staged.digest?.text)
        #expect(try await download() == bytes)
    }

    @Test("is absent where it was not wanted, and of an empty blob")
    func absent() async throws {
        #expect(try await upload(Self.bytes(100), digests: false).digest == nil)
        #expect(try await upload([]).digest == nil)
        #expect(try await download() == [])
    }

    @Test("finds a blob whose bytes are not those it was made of, though their CRC-64 is right")
    func damaged() async throws {
        let digest = try #require(try await upload(Self.bytes(2 << 20)).digest)
        // Other bytes with a sum of their own, under the digest of the first.
        let other = try await upload(Self.bytes(2 << 20).reversed())
        var attributes = try await store.properties(of: blob, if: .always).attributes
        attributes.metadata["penstock_sha256"] = digest.text
        _ = try await store.commit(
            other.blocks.map { BlockReference($0, .committed) }, to: blob, attributes: attributes, if: .always)
        await #expect(throws: TransferError(kind: .damaged(blob: "stream", range: 0..<(2 << 20)))) {
            try await download()
        }
    }

    @Test(
        "is not read from text that does not hold one",
        arguments: ["", "-", "8388608", "1-" + String(repeating: "0", count: 64), "8388608-00", "x-y", "8388608-1-2"])
    func unreadable(text: String) { #expect(BlobDigest(text) == nil) }
}
