public import BackupCatalog
import BackupModel
public import BlobStorage
import ByteStreams
import PostgresFormats
import SystemCalls

/// Checks a recovery point as thoroughly as is asked, and goes on behind whatever it finds.
public struct Verifier: Sendable {
    private let inspection: SetInspection
    private let level: VerifyLevel
    private let downloader: Downloader
    private let reader: PieceReader
    private let contentsLimit: Int
    private let pieceSize: Int
    private let threads: ThreadPool
    private let leastStretch: Int
    private let record: VerifyRecord

    /// Blobs that are read at once.
    private static let blobsAtOnce = 4
    /// The same where directories are among them: most of their blobs are small, and an answer's time is what they take.
    private static let filesAtOnce = 16
    /// Archives up to this size are parsed several at once: no table of contents is larger than its archive.
    private static let smallArchive = 8 << 20

    /// - Parameters:
    ///   - reader: Reads what is checked; `downloader` reads what must be known before.
    ///   - cores: Stretches of an archive that are inflated at once.
    ///   - contentsLimit: The largest table of contents that is parsed, in bytes.
    ///   - leastStretch: The size of a stretch that is worth a core of its own, in bytes.
    ///   - emit: Gets findings and members as they come, from several threads.
    public init(
        _ inspection: SetInspection, level: VerifyLevel, downloader: Downloader, reader: PieceReader,
        budget: TransferBudget, cores: Int, contentsLimit: Int, leastStretch: Int = 16 << 20,
        emit: @escaping @Sendable (VerifyEvent) -> Void
    ) {
        self.inspection = inspection
        self.level = level
        self.downloader = downloader
        self.reader = reader
        self.contentsLimit = contentsLimit
        self.leastStretch = leastStretch
        pieceSize = min(budget.schedule.smallest, PieceDigests.largestPiece)
        threads = ThreadPool(name: "verifying", width: max(1, cores))
        record = VerifyRecord(VerifyReport(name: inspection.name, level: level), emit: emit)
    }

    /// Checks everything, and answers what it came to.
    ///
    /// What is wrong with the recovery point is in the report. Throws `BlobStoreError` where the store itself fails or
    /// refuses, and `CancellationError`: then nothing is known of what was not read.
    public func run() async throws -> VerifyReport {
        for finding in inspection.findings { record.add(fitting(finding)) }
        guard level != .sizes else {
            for _ in inspection.files { record.addBlob() }
            return record.report
        }
        let isAlone: (SetInspection.File) -> Bool = { file in
            level == .archive && file.database != nil && file.directoryFile == nil
                && file.state.size > Self.smallArchive
        }
        let hasDirectories = inspection.files.contains { $0.directoryFile != nil }
        let atOnce = hasDirectories ? Self.filesAtOnce : Self.blobsAtOnce
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, file) in inspection.files.filter({ !isAlone($0) }).enumerated() {
                if index >= atOnce { try await group.next() }
                // What is expanded takes a core.
                let executor = level == .archive && file.directoryFile != nil ? threads : nil
                group.addTask(executorPreference: executor) { try await verify(file) }
            }
            try await group.waitForAll()
        }
        for file in inspection.files.filter(isAlone) { try await verify(file) }
        // A check that was cut short must never look like one that found nothing.
        try Task.checkCancellation()
        return record.report
    }

    /// What an archive's own parts prove needs no manifest.
    private func fitting(_ finding: VerifyFinding) -> VerifyFinding {
        guard level == .archive, finding.kind == .noManifest else { return finding }
        return VerifyFinding(.foreign, finding.text)
    }

    private func add(
        _ kind: VerifyFinding.Kind, _ file: SetInspection.File, _ text: String, at range: Range<Int>? = nil
    ) {
        record.add(VerifyFinding(kind, blob: file.blob.text, range: range, text))
    }

    // MARK: Blobs

    private func verify(_ file: SetInspection.File) async throws {
        let tally = BlobTally(file, pieceSize: pieceSize, record: record)
        do {
            if level == .archive, file.directoryFile != nil, let facts = file.facts {
                try await DirectoryCheck(
                    tally: tally, facts: facts, reader: reader, contentsLimit: contentsLimit, record: record
                ).run()
            } else if let outline = try await outline(of: file, tally) {
                try await ArchiveCheck(
                    outline: outline, tally: tally, reader: reader, threads: threads,
                    leastStretch: leastStretch, record: record
                ).run()
            } else {
                var check = BytesCheck(tally)
                try await reader.read(
                    tally.pieces, in: tally.indices, of: file.blob, tag: file.state.tag, into: &check)
                if level == .archive, file.facts?.format == .plain, !check.trailer.isComplete {
                    add(.scriptUnfinished, file, "the script does not end with what pg_dump writes last of all")
                }
                if !tally.isProvable {
                    add(.noDigest, file, "the blob could be read, and nothing says what its bytes should be")
                }
            }
        } catch let error as BlobStoreError where [.conditionNotMet, .blobNotFound].contains(error.kind) {
            add(.blobChanged, file, "the blob was written anew or removed while it was verified")
        } catch let error as BlobStoreError where [.archived, .wrongBlobKind, .copyPending].contains(error.kind) {
            add(.blobUnreadable, file, error.summary)
        }
        tally.finish()
    }

    /// What is known of the archive in a blob; `nil` where it is only read.
    private func outline(of file: SetInspection.File, _ tally: BlobTally) async throws -> ArchiveOutline? {
        guard level == .archive, file.database != nil else { return nil }
        guard file.state.size > 0 else {
            add(.archiveDamaged, file, "the blob is empty")
            return nil
        }
        do {
            guard let contents = try await contents(of: file) else { return nil }
            return ArchiveOutline(contents, of: file.blob, facts: file.facts, end: tally.end)
        } catch let error as ArchiveError {
            switch error.kind {
            case .contentsTooLarge, .versionTooNew, .versionTooOld, .integerSizes:
                add(.notParsed, file, "the archive was not parsed: \(error.summary)")
            default:
                add(.archiveDamaged, file, error.summary, at: error.position.map { $0..<max($0, file.state.size) })
            }
            return nil
        } catch let error where BlobTally.isOfBytes(error) {
            // What cannot be read is reported when its piece is.
            add(.notParsed, file, "the table of contents could not be read: \(BlobTally.words(of: error))")
            return nil
        }
    }

    /// The table of contents; `nil` for a blob that is no archive of the custom format.
    private func contents(of file: SetInspection.File) async throws -> TableOfContents? {
        let size = file.state.size
        var count = min(size, max(64 << 10, min(file.facts?.prefixLength ?? 0, contentsLimit)))
        while true {
            let bytes = try await downloader.bytes(of: file.blob, in: 0..<count, state: file.state)
            let kind = ArchiveKind.detect(bytes.span)
            let wanted: ArchiveKind = file.facts?.format == .plain ? .plainSQL : .customArchive
            guard kind == wanted else {
                // The manifest of a set that Penstock wrote says what it is.
                add(
                    file.facts == nil ? .notParsed : .archiveDamaged, file,
                    "the blob is not \(wanted.words), but \(kind.words)")
                return nil
            }
            guard kind == .customArchive else { return nil }
            switch try TableOfContents.parse(prefix: bytes.span, archiveSize: size, maximumPrefixSize: contentsLimit) {
            case .complete(let contents): return contents
            case .needsMore(let least): count = min(size, max(least, count * 2))
            }
        }
    }
}

extension ArchiveKind {
    fileprivate var words: String {
        switch self {
        case .empty: "empty"
        case .customArchive: "a custom-format archive"
        case .contentsOnly: "a table of contents alone"
        case .tar: "a tar file"
        case .gzip, .zstd, .lz4: "compressed as a whole with \(rawValue)"
        case .plainSQL: "a script"
        case .unknown: "something unknown"
        }
    }
}
