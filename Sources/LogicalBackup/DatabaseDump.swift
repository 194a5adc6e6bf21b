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
    let index: ArchiveIndex
    /// The server's clock right before pg_dump took its snapshot.
    let taken: Date
    /// For each member the bytes of its data before they were compressed, where that is known.
    let rawSizes: [DumpID: Int]
    let warnings: [String]

    /// Runs pg_dump and stages what it writes.
    ///
    /// - Parameters:
    ///   - line: Compresses what comes; `nil` leaves it as it is.
    ///   - contentsLimit: The largest table of contents, in bytes.
    static func make(
        of item: DumpPlan.Item, as blob: BlobName, token: UploadToken, plan: DumpPlan, in surroundings: Surroundings,
        uploader: Uploader, line: PackingLine?, contentsLimit: Int
    ) async throws -> DatabaseDump {
        let name = item.database.name
        let (taken, environment) = try await withPostgresConnection(
            surroundings.connection.database(named: name), log: surroundings.log
        ) { connection in
            (
                try await connection.currentTime(),
                connection.childEnvironment(inheriting: surroundings.environment)
            )
        }
        let command = Command(
            executable: plan.tools.dump.path,
            arguments: try Arguments.dump(
                database: name, compression: plan.compression.option,
                version: plan.tools.dump.version),
            environment: environment)
        let messages = ToolMessages()
        let record = ArchiveRecord()
        var staged = StagedBlob(name: blob, token: token)
        do {
            staged = try await withSubprocess(
                command, standardInput: .null, standardOutput: .pipe, receiveMessage: { messages.receive($0) }
            ) { process in
                var filling = staged
                if let line {
                    let data = try await PackedArchiveSource.make(
                        process.output, by: line, contentsLimit: contentsLimit, record: record)
                    try await uploader.stage(data, into: &filling)
                } else {
                    let data = ArchiveSource(process.output, contentsLimit: contentsLimit, record: record)
                    try await uploader.stage(data, into: &filling)
                }
                return filling
            }
            // pg_dump has exited with 0 and every member has passed: now the positions are known.
            try await uploader.stageInFront(MemorySource(record.index().patchedPrefix()), of: &staged)
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as BlobStoreError {
            throw error
        } catch {
            throw DumpError(.failed, database: name, cause: error)
        }
        return DatabaseDump(
            item: item, staged: staged, index: try record.index(), taken: taken, rawSizes: record.rawSizes,
            warnings: messages.all.map(\.text))
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
            archiveVersion: index.contents.header.version.description, prefixLength: index.contents.prefix.count,
            members: index.members.map(member), warnings: warnings)
    }

    private func member(_ member: ArchiveMember) -> Manifest.Member {
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
