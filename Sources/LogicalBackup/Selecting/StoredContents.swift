import BackupCatalog
import BackupModel
public import BlobStorage
import PostgresFormats

/// Reads the table of contents of an archive where it lies, and no byte of data beyond the pieces that hold it.
public struct StoredContents: Sendable {
    private let downloader: Downloader
    /// The largest table of contents, in bytes; it is held in memory.
    private let limit: Int

    public init(_ downloader: Downloader, limit: Int) {
        self.downloader = downloader
        self.limit = limit
    }

    /// What is known of a dump before its data is read.
    struct Outline: Sendable {
        /// As that of an archive.
        let contents: TableOfContents
        /// Of the whole archive, or of the table of contents of a directory, in bytes.
        let size: Int
        /// Of a directory: for each member the bytes of its files.
        let memberSizes: [DumpID: Int]?
    }

    /// The table of contents and the size of the whole archive.
    ///
    /// Where the manifest has digests, the bytes are checked against them. Throws `ArchiveError` if the blob is no custom
    /// archive, `TransferError` if it is not what the manifest says, `BlobStoreError`.
    func read(_ database: RecoveryPoint.Database) async throws -> Outline {
        if database.facts?.format == .directory {
            let directory = try await StoredDirectory.open(database, by: downloader, contentsLimit: limit)
            return Outline(
                contents: directory.contents, size: directory.contentsSize,
                memberSizes: Dictionary(
                    directory.members.map { ($0.dumpID, $0.range.count) }, uniquingKeysWith: { first, _ in first }))
        }
        let read = try await StoredArchive.contents(
            of: database.blob, pieces: database.pieces, prefixLength: database.facts?.prefixLength, by: downloader,
            limit: limit)
        return Outline(contents: read.contents, size: read.state.size, memberSizes: nil)
    }

    /// A name that no other dump has.
    func identity(of database: RecoveryPoint.Database) async throws -> String {
        if let facts = database.facts, facts.format == .directory { return StoredDirectory.identity(of: facts) }
        if let pieces = database.pieces { return StoredArchive.identity(of: pieces) }
        let state = try await downloader.store.properties(of: database.blob, if: .always)
        return StoredArchive.identity(of: database.blob, state)
    }
}
