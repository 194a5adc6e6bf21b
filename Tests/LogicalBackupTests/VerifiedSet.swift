import BackupCatalog
import BackupModel
import BlobStorage
import ByteStreams
import CryptoDigests
import Diagnostics
import FoundationEssentials
import LogicalBackup
import PostgresFormats
import Synchronization
import TestSupport

/// A recovery point `one` of a database `db` in memory, and what a check of it finds.
struct VerifiedSet: Sendable {
    let store: any BlobStore
    let name: RecoveryPointName
    let archive: BlobName

    var catalog: RecoveryPointCatalog { RecoveryPointCatalog(store: store, layout: SetLayout(path: "nightly")) }

    /// Pieces of the archive, in bytes: small, so that little data has many.
    static let pieceSize = 1000

    /// - Parameters:
    ///   - manifest: What the manifest is made of; `nil` makes a set of other origin.
    ///   - stored: What lies in the store in place of it.
    static func make(manifest original: [UInt8]?, stored: [UInt8]) async throws -> VerifiedSet {
        let account = MemoryAccount(clock: { Date() }, random: { .random(in: .min ... .max) })
        let container = try ContainerName("backups")
        _ = try await account.create(container, metadata: [:])
        let set = VerifiedSet(
            store: account.store(of: container), name: try RecoveryPointName("one"),
            archive: try BlobName("nightly/one_database_db.sql"))
        let metadata = original == nil ? [:] : PartMark.metadata(of: .database("db"))
        try await set.put(stored, metadata: metadata)
        if let original { try await set.describe(original) }
        return set
    }

    func put(_ bytes: [UInt8], metadata: [String: String] = PartMark.metadata(of: .database("db"))) async throws {
        _ = try await store.put(
            bytes.span, to: archive, attributes: BlobAttributes(metadata: metadata), if: .always)
    }

    func put(_ bytes: [UInt8], as part: SetLayout.Part) async throws {
        _ = try await store.put(
            bytes.span, to: catalog.layout.blob(of: part, of: name),
            attributes: BlobAttributes(metadata: PartMark.metadata(of: part)), if: .always)
    }

    func remove(_ part: SetLayout.Part) async throws {
        try await store.delete(catalog.layout.blob(of: part, of: name), if: .always)
    }

    /// Writes manifest and marker of an archive.
    private func describe(_ bytes: [UInt8]) async throws {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        let index = try indexer.finish()
        let time = Date(timeIntervalSince1970: 1_800_000_000)
        let database = Manifest.Database(
            name: "db", file: Manifest.File(name: "one_database_db.sql", pieces: try Self.pieces(of: bytes)),
            taken: time,
            encoding: "UTF8", collate: "C", characterType: "C", localeProvider: "libc", providerLocale: nil,
            icuRules: nil, owner: "postgres", archiveVersion: index.contents.header.version.description,
            prefixLength: index.contents.prefix.count, members: index.members.map { Self.member($0, of: index) },
            warnings: [])
        let manifest = Manifest(
            name: name, state: .complete, taken: time, finished: time,
            server: Manifest.Server(host: "here", port: "5432", version: "15.20", versionNumber: 150_020), tools: [:],
            options: [:], databases: [database], scripts: [], skipped: [], warnings: [])
        var generator = SystemRandomNumberGenerator()
        let token = UploadToken(using: &generator)
        let marker = try await catalog.write(manifest, of: name, token: token)
        try await catalog.write(marker, for: manifest, token: token)
    }

    private static func pieces(of bytes: [UInt8]) throws -> PieceDigests {
        var packed: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            let end = min(start + pieceSize, bytes.count)
            packed += Digest.of(bytes.span.extracting(start..<end), .sha256)
        }
        let run = PieceDigests.Run(offset: 0, length: bytes.count, pieceSize: pieceSize)
        guard let pieces = PieceDigests(runs: [run], packed: packed) else { throw Unfit() }
        return pieces
    }

    struct Unfit: Error {}

    private static func member(_ member: ArchiveMember, of index: ArchiveIndex) -> Manifest.Member {
        let entry = index.contents[member.dumpID]
        return Manifest.Member(
            id: Int(member.dumpID.rawValue), kind: entry?.desc?.string ?? "", schema: entry?.namespace?.string,
            tag: entry?.tag?.string ?? "", offset: member.offset, length: member.length, stored: member.payloadSize,
            raw: nil)
    }

    // MARK: Checking

    struct Result: Sendable {
        let report: VerifyReport
        let findings: [VerifyFinding]
        let members: [MemberReport]

        var kinds: Set<VerifyFinding.Kind> { Set(findings.map(\.kind)) }
    }

    /// - Parameters:
    ///   - reading: The store that the bytes are read from, if not its own.
    ///   - stretch: Small, so that little data has many stretches with borders within pieces.
    func verify(
        _ level: VerifyLevel, reading other: (any BlobStore)? = nil, stretch: Int = 300
    ) async throws -> Result {
        let store = other ?? store
        let budget = try TransferBudget(memory: .mebibytes(32), concurrency: 4)
        let pool = BlockPool(budget: .mebibytes(16))
        let meter = TransferMeter()
        let events = Mutex<[VerifyEvent]>([])
        let verifier = Verifier(
            try await catalog.inspect(name), level: level,
            downloader: Downloader(store: store, pool: pool, budget: budget, meter: meter),
            reader: PieceReader(store: store, pool: pool, budget: budget, meter: meter), budget: budget, cores: 4,
            contentsLimit: 1 << 20, leastStretch: stretch, emit: { event in events.withLock { $0.append(event) } })
        let report = try await verifier.run()
        let all = events.withLock { $0 }
        return Result(
            report: report, findings: all.compactMap { if case .finding(let finding) = $0 { finding } else { nil } },
            members: all.compactMap { if case .member(let member) = $0 { member } else { nil } })
    }
}
