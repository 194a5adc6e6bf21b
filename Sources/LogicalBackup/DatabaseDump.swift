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
    let staged: StagedBlob
    /// `nil` for a script.
    let index: ArchiveIndex?
    /// The server's clock right before pg_dump took its snapshot.
    let taken: Date
    /// For each member the bytes of its data before they were compressed, where that is known.
    let rawSizes: [DumpID: Int]
    let warnings: [String]

    /// What an archive or a script holds and how it came to be, but for its bytes.
    struct Archive: Sendable {
        /// `nil` for a script.
        let index: ArchiveIndex?
        let taken: Date
        let rawSizes: [DumpID: Int]
        let warnings: [String]
    }

    /// Reads the database and stages what comes.
    ///
    /// - Parameters:
    ///   - line: Packs what comes; `nil` leaves it as it is, which several sessions cannot.
    ///   - contentsLimit: The largest table of contents, in bytes.
    ///   - clock: For the age of the snapshot.
    static func make(
        of item: DumpPlan.Item, as blob: BlobName, token: UploadToken, plan: DumpPlan, in surroundings: Surroundings,
        uploader: Uploader, line: PackingLine?, contentsLimit: Int, clock: any Clock<Duration>
    ) async throws -> DatabaseDump {
        let empty = StagedBlob(name: blob, token: token)
        do {
            let item = try await item.leavingOutJournal(in: surroundings)
            return try await withAgeLimit(plan.maximumSnapshotAge, on: clock) {
                var staged = empty
                let archive: Archive
                if plan.format == .plain {
                    archive = try await ScriptStream(
                        item: item, plan: plan, surroundings: surroundings, uploader: uploader
                    ).make(into: &staged)
                } else if plan.jobs > 1, let line {
                    archive = try await ParallelDump(
                        item: item, plan: plan, surroundings: surroundings, uploader: uploader, line: line,
                        contentsLimit: contentsLimit, clock: clock
                    ).make(into: &staged)
                } else {
                    archive = try await OneStream(
                        item: item, plan: plan, surroundings: surroundings, uploader: uploader, line: line,
                        contentsLimit: contentsLimit
                    ).make(into: &staged)
                }
                // All is read and every member has passed: now the positions are known.
                if let index = archive.index {
                    try await uploader.stageInFront(MemorySource(index.patchedPrefix()), of: &staged)
                }
                return DatabaseDump(
                    item: item, staged: staged, index: archive.index, taken: archive.taken,
                    rawSizes: archive.rawSizes, warnings: item.warnings + archive.warnings)
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

    var manifest: Manifest.Database {
        let definition = item.definition
        return Manifest.Database(
            name: item.database.name,
            file: staged.manifestFile,
            taken: taken, encoding: definition.encoding, collate: definition.collate,
            characterType: definition.characterType, localeProvider: definition.provider.word,
            providerLocale: definition.providerLocale, icuRules: definition.icuRules,
            owner: definition.owner ?? item.database.owner,
            archiveVersion: index?.contents.header.version.description ?? "",
            prefixLength: index?.contents.prefix.count ?? 0,
            members: index.map { index in index.members.map { self.member($0, of: index) } } ?? [],
            warnings: warnings, format: index == nil ? .plain : nil)
    }

    private func member(_ member: ArchiveMember, of index: ArchiveIndex) -> Manifest.Member {
        let entry = index.contents[member.dumpID]
        return Manifest.Member(
            id: Int(member.dumpID.rawValue), kind: entry?.desc?.string ?? "", schema: entry?.namespace?.string,
            tag: entry?.tag?.string ?? "", offset: member.offset, length: member.length, stored: member.payloadSize,
            raw: rawSizes[member.dumpID])
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
