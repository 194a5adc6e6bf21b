import BackupModel
import BlobStorage
import ByteStreams
import CryptoDigests
import Diagnostics
import FoundationEssentials
import PostgresFormats
import PostgresTools
import SystemCalls
import TestSupport
import Testing

@testable import BackupCatalog
@testable import LogicalBackup

/// An archive of fixtures/archives in a store of memory.
struct StoredFixture {
    let bytes: [UInt8]
    let store: any BlobStore
    let database: RecoveryPoint.Database

    /// - Parameters:
    ///   - digests: Whether there is a manifest with the digests of pieces of 1,000 bytes.
    ///   - damaged: The byte that is not what the manifest says.
    init(_ name: String, digests: Bool = false, damaged: Int? = nil) async throws {
        var bytes = try Fixtures.bytes("archives/\(name)")
        let facts = digests ? try Self.facts(bytes) : nil
        if let damaged { bytes[damaged] ^= 1 }
        let account = MemoryAccount(clock: { Date() }, random: { UInt64.random(in: .min ... .max) })
        let container = try ContainerName("backups")
        _ = try await account.create(container, metadata: [:])
        store = account.store(of: container)
        let blob = try BlobName("archive")
        _ = try await store.put(bytes.span, to: blob, attributes: BlobAttributes(), if: .always)
        self.bytes = bytes
        database = RecoveryPoint.Database(name: "everything", blob: blob, size: bytes.count, facts: facts)
    }

    private static func facts(_ bytes: [UInt8]) throws -> Manifest.Database {
        let digests = stride(from: 0, to: bytes.count, by: 1000).flatMap { start in
            Digest.of(bytes[start..<min(start + 1000, bytes.count)].span, .sha256)
        }
        let pieces = try #require(
            PieceDigests(
                runs: [PieceDigests.Run(offset: 0, length: bytes.count, pieceSize: 1000)], packed: digests))
        return Manifest.Database(
            name: "everything", file: Manifest.File(name: "archive", pieces: pieces), taken: Date(), encoding: "UTF8",
            collate: "C", characterType: "C", localeProvider: "libc", providerLocale: nil, icuRules: nil,
            owner: "postgres", archiveVersion: "1.14", prefixLength: try prefixLength(bytes), members: [], warnings: [])
    }

    private static func prefixLength(_ bytes: [UInt8]) throws -> Int {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        return try #require(indexer.prefixLength)
    }

    func downloader() throws -> Downloader {
        Downloader(
            store: store, pool: BlockPool(budget: .mebibytes(16)),
            budget: try TransferBudget(memory: .mebibytes(32), concurrency: 2), meter: TransferMeter())
    }

    func contents(limit: Int = 1 << 20) async throws -> TableOfContents {
        try await StoredContents(downloader(), limit: limit).read(database).contents
    }
}

extension TableOfContents {
    /// What `chosen` are, as messages say it without the number, in the archive's order.
    func names(_ chosen: Set<DumpID>) -> [String] {
        filter { chosen.contains($0.dumpID) }.map { entry in
            [entry.desc, entry.namespace, entry.tag].compactMap { $0?.description }.filter { !$0.isEmpty }
                .joined(separator: " ")
        }
    }

    func entry(_ desc: ArchiveText, _ tag: ArchiveText) throws -> TOCEntry {
        try #require(first { $0.desc == desc && $0.tag == tag })
    }
}
