public import BackupCatalog
import BackupModel
public import BlobStorage
public import PostgresFormats

/// Reads the table of contents of an archive where it lies, and no byte of data beyond the pieces that hold it.
public struct StoredContents: Sendable {
    private let downloader: Downloader
    /// The largest table of contents, in bytes; it is held in memory.
    private let limit: Int

    public init(_ downloader: Downloader, limit: Int) {
        self.downloader = downloader
        self.limit = limit
    }

    /// The table of contents and the size of the whole archive.
    ///
    /// Where the manifest has digests, the bytes are checked against them. Throws `ArchiveError` if the blob is no custom
    /// archive, `TransferError` if it is not what the manifest says, `BlobStoreError`.
    public func read(
        _ database: RecoveryPoint.Database
    ) async throws -> (contents: TableOfContents, archiveSize: Int) {
        let read = try await StoredArchive.contents(
            of: database.blob, pieces: database.pieces, prefixLength: database.facts?.prefixLength, by: downloader,
            limit: limit)
        return (read.contents, read.state.size)
    }

    /// A name that no other archive has.
    func identity(of database: RecoveryPoint.Database) async throws -> String {
        if let pieces = database.pieces { return StoredArchive.identity(of: pieces) }
        let state = try await downloader.store.properties(of: database.blob, if: .always)
        return StoredArchive.identity(of: database.blob, state)
    }
}
