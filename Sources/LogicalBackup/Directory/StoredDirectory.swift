import BackupCatalog
import BackupModel
import BlobStorage
import ByteStreams
import CryptoDigests
import PostgresFormats
import Subprocesses

/// A directory in a store, each of whose files is a blob, and whose members are handed on as those of an archive.
///
/// Which files there are says the manifest, with the digests that every byte is checked against.
struct StoredDirectory: StoredDump {
    /// As that of an archive whose data is not compressed: files are expanded on their way.
    let contents: TableOfContents
    let settings: [DumpID]
    /// Their ranges are as if all files stood one behind the other.
    let members: [StoredArchive.Member]
    let identity: String
    /// Of the table of contents, in bytes.
    let contentsSize: Int
    private let files: [DumpID: DirectoryFile]
    private let parts: [String: RecoveryPoint.Part]

    /// Reads the table of contents.
    ///
    /// Throws ``DirectoryError`` if the data of an entry is in no file, `ArchiveError` for what is no table of contents,
    /// and what reading it throws.
    static func open(
        _ database: RecoveryPoint.Database, by downloader: Downloader, contentsLimit: Int
    ) async throws -> StoredDirectory {
        var sink = MemorySink(limit: contentsLimit)
        let state = try await downloader.store.properties(of: database.blob, if: .always)
        guard state.size <= contentsLimit else {
            throw ArchiveError.contentsTooLarge(state.size, maximum: contentsLimit)
        }
        _ = try await downloader.download(database.blob, pieces: database.pieces, into: &sink)
        let directory = try DirectoryContents(sink.bytes, maximumSize: contentsLimit)
        let lengths = Dictionary(
            (database.facts?.members ?? []).map { ($0.id, $0.length) }, uniquingKeysWith: { first, _ in first })
        var members: [StoredArchive.Member] = []
        var position = 0
        for entry in directory.archive {
            guard let file = directory.files[entry.dumpID] else { continue }
            guard let part = database.parts[file] else {
                throw DirectoryError(.fileMissing(file: file.name, member: entry.description))
            }
            // A list stands for the large objects in it, whose sizes the manifest adds up.
            let said = file.isData ? part.file.size : lengths[Int(entry.dumpID.rawValue)] ?? 0
            let size = min(max(1, said), max(1, database.size))
            members.append(StoredArchive.Member(dumpID: entry.dumpID, range: position..<position + size))
            position += size
        }
        return StoredDirectory(
            contents: directory.archive, settings: directory.archive.settings, members: members,
            identity: database.facts.map { identity(of: $0) } ?? "\(database.blob) \(state.tag)",
            contentsSize: sink.bytes.count, files: directory.files, parts: database.parts)
    }

    /// A name that no other directory has: table of contents and data are in it.
    static func identity(of facts: Manifest.Database) -> String {
        let roots = facts.files.map(\.root).joined()
        return Hexadecimal.text(Digest.of(Array(roots.utf8).span, .sha256))
    }

    func write(_ batch: RestoreBatch, by downloader: Downloader, to input: ProcessInput) async throws {
        let reader = DirectoryReader(directory: self, downloader: downloader)
        try await reader.write(batch.members, to: input)
    }

    /// The file with the data of a member.
    func file(of member: StoredArchive.Member) throws -> (DirectoryFile, RecoveryPoint.Part) {
        guard let file = files[member.dumpID] else { preconditionFailure("every member has a file") }
        return (file, try part(file, of: member))
    }

    func part(_ file: DirectoryFile, of member: StoredArchive.Member) throws -> RecoveryPoint.Part {
        guard let part = parts[file] else {
            throw DirectoryError(.fileMissing(file: file.name, member: name(of: member)))
        }
        return part
    }
}

extension [String: RecoveryPoint.Part] {
    /// The blob of a file, found as pg_restore finds it: as it is named, or compressed.
    fileprivate subscript(file: DirectoryFile) -> RecoveryPoint.Part? {
        let methods: [ArchiveCompression] = [.none, .zlib(level: nil), .lz4, .zstd]
        for method in file.isData ? methods : [.none] {
            if let part = self[file.name(compressedBy: method)] { return part }
        }
        return nil
    }
}
