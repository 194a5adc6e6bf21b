import BackupModel
import BlobStorage
import ByteStreams
import FoundationEssentials
import PostgresClient
import PostgresFormats
import PostgresTools
import Subprocesses

/// The dump of one database: staged, proved complete, not yet visible.
struct DatabaseDump: Sendable {
    let item: DumpPlan.Item
    /// The archive, the script, or the table of contents of a directory.
    let staged: StagedBlob
    /// What it holds, and how it came to be.
    let archive: Archive

    /// What an archive, a script or a directory holds and how it came to be, but for its bytes.
    struct Archive: Sendable {
        let holdings: Holdings
        /// The server's clock right before pg_dump took its snapshot.
        let taken: Date
        let warnings: [String]
    }

    enum Holdings: Sendable {
        case script
        /// - Parameter rawSizes: For each member the bytes of its data before they were compressed, where that is known.
        case archive(ArchiveIndex, rawSizes: [DumpID: Int])
        case directory(StagedDirectory)
    }

    /// `nil` for a script.
    var contents: TableOfContents? {
        switch archive.holdings {
        case .script: nil
        case .archive(let index, _): index.contents
        case .directory(let directory): directory.contents
        }
    }

    /// The blobs beside `staged`: those of a directory.
    var parts: [StagedBlob] {
        guard case .directory(let directory) = archive.holdings else { return [] }
        return directory.files.map(\.staged)
    }

    /// What a dump goes into.
    struct Place: Sendable {
        let blob: BlobName
        let token: UploadToken
        /// Of a directory: the blob of one of its files.
        let file: @Sendable (_ name: String) throws -> BlobName
    }

    /// Reads the database and stages what comes.
    ///
    /// - Parameters:
    ///   - line: Packs what comes; `nil` leaves it as it is, which several sessions cannot, nor a directory.
    ///   - contentsLimit: The largest table of contents, in bytes.
    ///   - clock: For the age of the snapshot.
    static func make(
        of item: DumpPlan.Item, in place: Place, plan: DumpPlan, surroundings: Surroundings,
        uploader: Uploader, line: PackingLine?, contentsLimit: Int, clock: any Clock<Duration>
    ) async throws -> DatabaseDump {
        do {
            let item = try await item.leavingOutJournal(in: surroundings)
            let process = DumpProcess(item: item, plan: plan, surroundings: surroundings)
            return try await withAgeLimit(plan.maximumSnapshotAge, on: clock) {
                var staged = StagedBlob(name: place.blob, token: place.token)
                let archive: Archive
                switch plan.format {
                case .plain: archive = try await ScriptStream(process: process, uploader: uploader).make(into: &staged)
                case .directory:
                    guard let line else { preconditionFailure("a directory is packed by the gateway") }
                    let staging = MemberStaging(
                        uploader: uploader, line: line, contentsLimit: contentsLimit, token: place.token,
                        blob: place.file)
                    archive = try await DirectoryStream(process: process, staging: staging).make(into: &staged)
                case .custom where plan.jobs > 1:
                    guard let line else { preconditionFailure("what several sessions read is packed by the gateway") }
                    archive = try await ParallelDump(
                        item: item, plan: plan, surroundings: surroundings, uploader: uploader, line: line,
                        contentsLimit: contentsLimit, clock: clock
                    ).make(into: &staged)
                case .custom:
                    archive = try await OneStream(
                        process: process, uploader: uploader, line: line, contentsLimit: contentsLimit
                    ).make(into: &staged)
                }
                // All is read and every member has passed: now the positions are known.
                if case .archive(let index, _) = archive.holdings {
                    try await uploader.stageInFront(MemorySource(index.patchedPrefix()), of: &staged)
                }
                return DatabaseDump(item: item, staged: staged, archive: archive)
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as BlobStoreError {
            throw error
        } catch {
            throw DumpError(.failed, database: item.database.name, cause: error)
        }
    }

    /// Runs `body`, and gives up when it takes longer than a snapshot may be held.
    private static func withAgeLimit<Output: Sendable>(
        _ limit: Duration?, on clock: any Clock<Duration>, _ body: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        guard let limit else { return try await body() }
        return try await withThrowingTaskGroup(of: Output.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                try await clock.sleep(for: limit)
                throw ParallelDumpError(.snapshotTooOld(limit: limit))
            }
            guard let output = try await group.next() else { throw CancellationError() }
            return output
        }
    }

    func manifest(in layout: SetLayout) -> Manifest.Database {
        let definition = item.definition
        var database = Manifest.Database(
            name: item.database.name,
            file: staged.manifestFile(in: layout),
            taken: archive.taken, encoding: definition.encoding, collate: definition.collate,
            characterType: definition.characterType, localeProvider: definition.provider.word,
            providerLocale: definition.providerLocale, icuRules: definition.icuRules,
            owner: definition.owner ?? item.database.owner,
            archiveVersion: contents?.header.version.description ?? "",
            prefixLength: 0, members: [], warnings: item.warnings + archive.warnings)
        switch archive.holdings {
        case .script: database.format = .plain
        case .archive(let index, let rawSizes):
            database.prefixLength = index.contents.prefix.count
            database.members = index.members.map { Self.member($0, of: index, raw: rawSizes[$0.dumpID]) }
        case .directory(let directory):
            database.format = .directory
            database.prefixLength = staged.size
            database.members = directory.members()
            database.parts = directory.files.map { $0.staged.manifestFile(in: layout) }
        }
        return database
    }

    private static func member(_ member: ArchiveMember, of index: ArchiveIndex, raw: Int?) -> Manifest.Member {
        let entry = index.contents[member.dumpID]
        return Manifest.Member(
            id: Int(member.dumpID.rawValue), kind: entry?.desc?.string ?? "", schema: entry?.namespace?.string,
            tag: entry?.tag?.string ?? "", offset: member.offset, length: member.length, stored: member.payloadSize,
            raw: raw)
    }
}

extension DatabaseDefinition.LocaleProvider {
    /// The word of `CREATE DATABASE … LOCALE_PROVIDER`.
    var word: String {
        switch self {
        case .libc: "libc"
        case .icu: "icu"
        case .builtin: "builtin"
        }
    }

    init?(word: String) {
        switch word {
        case "libc": self = .libc
        case "icu": self = .icu
        case "builtin": self = .builtin
        default: return nil
        }
    }
}
