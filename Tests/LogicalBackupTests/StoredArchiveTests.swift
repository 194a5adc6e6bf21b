import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import PostgresFormats
import Synchronization
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("Archives in a store")
struct StoredArchiveTests {
    /// An archive in a container of its own, with digests of pieces of `pieceSize` bytes.
    private struct Stored {
        let downloader: Downloader
        let blob: BlobName
        let pieces: PieceDigests
        let meter = TransferMeter()

        init(_ bytes: [UInt8], pieceSize: Int = 4096) async throws {
            let account = MemoryAccount(
                clock: { Date(timeIntervalSince1970: 1_700_000_000) }, random: { .random(in: .min ... .max) },
                limits: .service)
            let name = try ContainerName("archives")
            _ = try await account.create(name, metadata: [:])
            let store = account.store(of: name)
            blob = try BlobName("archive")
            let budget = try TransferBudget(memory: .mebibytes(32), concurrency: 4)
            let pool = BlockPool(budget: budget.blocks)
            var generator = SeededGenerator(seed: 1)
            let uploader = Uploader(
                store: store, pool: pool, schedule: BlockSchedule(smallest: pieceSize, largest: pieceSize * 4),
                meter: TransferMeter(), computesDigests: true)
            var staged = StagedBlob(name: blob, token: UploadToken(using: &generator))
            try await uploader.stage(MemorySource(bytes), into: &staged)
            _ = try await uploader.commit(staged, attributes: BlobAttributes(), if: .always)
            pieces = try #require(staged.pieces)
            downloader = Downloader(store: store, pool: pool, budget: budget, meter: meter)
        }

        func open(
            checked: Bool = true, prefixLength: Int? = nil, contentsLimit: Int = 1 << 20
        ) async throws -> StoredArchive {
            try await StoredArchive.open(
                blob, pieces: checked ? pieces : nil, prefixLength: prefixLength, by: downloader,
                contentsLimit: contentsLimit)
        }
    }

    private func index(_ bytes: [UInt8]) throws -> ArchiveIndex {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        return try indexer.finish()
    }

    @Test(
        "have their members found, whether their offsets are written down or not",
        arguments: ["everything-z6-file.dump", "everything-z0-pipe.dump", "redirected-18-statistics.dump"],
        [true, false])
    func members(name: String, checked: Bool) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let index = try index(bytes)
        let archive = try await Stored(bytes).open(checked: checked)
        #expect(archive.contents.prefix == index.contents.prefix)
        #expect(archive.members.map(\.dumpID) == index.members.map(\.dumpID))
        #expect(archive.members.map(\.range) == index.members.map { $0.offset..<$0.offset + $0.length })
    }

    @Test("are not read for the sake of their offsets where these are known")
    func bytesRead() async throws {
        let bytes = try Fixtures.bytes("archives/everything-z0-file.dump")
        let padded = bytes + [UInt8](repeating: 0, count: 2 << 20)
        let length = try index(bytes).contents.prefix.count
        for (prefixLength, most) in [(nil, 256 << 10), (length, length + 4096), (0, 260 << 10)] {
            let stored = try await Stored(padded)
            let archive = try await stored.open(prefixLength: prefixLength)
            #expect(archive.contents.count > 0)
            #expect(stored.meter.reading.bytes <= most, "\(String(describing: prefixLength))")
        }
    }

    @Test("are refused if the pass that finds their members does not find the CRC-64 that they carry")
    func sumOfAll() async throws {
        let bytes = try Fixtures.bytes("archives/everything-z0-pipe.dump")
        let index = try index(bytes)
        let stored = try await Stored(bytes)
        let member = try #require(index.members.first { $0.payloadSize > 1000 })
        var damaged = bytes
        damaged[member.offset + 40] ^= 1
        let sum = [BlobSum.metadataName: BlobSum(bytes.span).text]
        for (content, isWhole) in [(bytes, true), (damaged, false)] {
            _ = try await stored.downloader.store.put(
                content.span, to: stored.blob, attributes: BlobAttributes(metadata: sum), if: .always)
            if isWhole {
                #expect(try await stored.open(checked: false).members.count == index.members.count)
            } else {
                let error = await #expect(throws: TransferError.self) { _ = try await stored.open(checked: false) }
                #expect(error?.kind == .damaged(blob: "archive", range: 0..<bytes.count))
            }
        }
    }

    @Test("are refused where their table of contents is larger than may be held")
    func limit() async throws {
        let stored = try await Stored(Fixtures.bytes("archives/everything-z0-file.dump"))
        await #expect(throws: ArchiveError.self) { _ = try await stored.open(contentsLimit: 1000) }
    }

    @Test("have what is read of them checked piece by piece, and cut to what was asked for")
    func ranges() async throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) }
        let stored = try await Stored(bytes, pieceSize: 4096)
        let state = try await stored.downloader.store.properties(of: stored.blob, if: .always)
        for range in [0..<1, 4095..<4097, 5000..<70_001, 99_999..<100_000, 0..<100_000, 8192..<12_288, 7..<7] {
            for pieces in [stored.pieces, nil] {
                let got = try await stored.downloader.bytes(
                    of: stored.blob, in: range, state: state, pieces: pieces)
                #expect(got == Array(bytes[range]), "\(range)")
            }
        }
        // Digests of other bytes: those of the second half do not fit the blob.
        let other = try await Stored(bytes.enumerated().map { $0.offset < 50_000 ? $0.element : 0 }, pieceSize: 4096)
        let share = stored.downloader.share(of: stored.downloader.mostAtOnce)
        let front = try await share.bytes(of: stored.blob, in: 0..<40_000, state: state, pieces: other.pieces)
        #expect(front == Array(bytes[..<40_000]))
        await #expect(throws: TransferError.self) {
            _ = try await share.bytes(of: stored.blob, in: 45_000..<60_000, state: state, pieces: other.pieces)
        }
    }
}
