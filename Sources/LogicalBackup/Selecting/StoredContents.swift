public import BackupCatalog
import BackupModel
public import BlobStorage
import CryptoDigests
public import PostgresFormats

/// Reads the table of contents of an archive where it lies, and no byte of data beyond the pieces that hold it.
public struct StoredContents: Sendable {
    private let downloader: Downloader
    /// The largest table of contents, in bytes; it is held in memory.
    private let limit: Int

    /// What is read first where the manifest does not say how long it is.
    private static let firstRead = 256 << 10

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
        let state = try await downloader.store.properties(of: database.blob, if: .always)
        if let pieces = database.pieces, pieces.size != state.size {
            throw TransferError(
                kind: .wrongSize(blob: database.blob.text, expected: pieces.size, found: state.size))
        }
        var count = max(database.facts?.prefixLength ?? Self.firstRead, 1)
        while true {
            let bytes = try await firstBytes(min(count, limit, state.size), of: database, state)
            switch try TableOfContents.parse(
                prefix: bytes.span, archiveSize: state.size, maximumPrefixSize: limit)
            {
            case .complete(let contents): return (contents, state.size)
            case .needsMore(let atLeast): count = max(atLeast, bytes.count * 2)
            }
        }
    }

    /// At least that many bytes from the start of a blob, checked piece by piece where there are digests.
    private func firstBytes(
        _ count: Int, of database: RecoveryPoint.Database, _ state: BlobProperties
    ) async throws -> [UInt8] {
        guard count > 0 else { return [] }
        let pieces = (database.pieces?.pieces ?? []).prefix { $0.range.lowerBound < count }
        let bytes = try await downloader.bytes(
            of: database.blob, in: 0..<(pieces.last?.range.upperBound ?? count), state: state)
        for piece in pieces where Digest.of(bytes.span.extracting(piece.range), .sha256) != piece.digest {
            throw TransferError(kind: .damaged(blob: database.blob.text, range: piece.range))
        }
        return bytes
    }
}
