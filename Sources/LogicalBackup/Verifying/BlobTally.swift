import BackupCatalog
import BackupModel
import BlobStorage
import ByteStreams
import CryptoDigests
import Diagnostics
import PostgresFormats
import Synchronization

/// Which pieces of a blob have been read, and what the whole blob must come to.
///
/// Pieces may come more than once and in any order; each counts once.
final class BlobTally: Sendable {
    let file: SetInspection.File
    let pieces: BlobPieces
    /// The pieces that are read: all, unless the blob ends before them.
    let indices: Range<Int>
    private let stored: BlobDigest?
    private let record: VerifyRecord
    private let state: Mutex<State>

    private struct State {
        var sums: [BlobSum?]
        var digests: [[UInt8]?]
        /// The pieces that are known not to be what was written.
        var damaged: Set<Int> = []
    }

    /// - Parameter pieceSize: Of pieces that nobody has digests of, in bytes.
    init(_ file: SetInspection.File, pieceSize: Int, record: VerifyRecord) {
        self.file = file
        self.record = record
        let size = file.state.size
        let digest = file.state.attributes.metadata(named: BlobDigest.metadataName).flatMap { BlobDigest($0) }
        stored = file.pieces == nil ? digest : nil
        if let written = file.pieces {
            let all = written.pieces
            pieces = .written(all)
            indices = 0..<(all.firstIndex { $0.range.upperBound > size } ?? all.count)
        } else {
            pieces = .cut(size: size, pieceSize: stored?.pieceSize ?? pieceSize, digests: stored != nil)
            indices = 0..<pieces.count
        }
        state = Mutex(
            State(
                sums: Array(repeating: nil, count: indices.count),
                digests: Array(repeating: nil, count: stored == nil ? 0 : indices.count)))
    }

    /// Bytes of the blob that are read.
    var end: Int { indices.isEmpty ? 0 : pieces[indices.upperBound - 1].range.upperBound }

    /// Takes note of a piece that was read.
    ///
    /// - Parameter place: Says which members lie there; asked only where something is wrong.
    func add(_ piece: PieceReading, place: () -> String?) {
        let isNew = state.withLock { state in
            defer {
                state.sums[piece.index] = piece.sum
                if !state.digests.isEmpty { state.digests[piece.index] = piece.digest }
            }
            return state.sums[piece.index] == nil
        }
        if isNew { record.addBytes(piece.sum.length) }
        let (kind, text): (VerifyFinding.Kind, String)
        switch piece.outcome {
        case .asExpected: return
        case .damaged: (kind, text) = (.pieceDamaged, "these bytes are not what was written")
        case .unreadable(let error):
            (kind, text) = (.pieceUnreadable, "the store cannot read these bytes: \(Self.words(of: error))")
        }
        guard state.withLock({ $0.damaged.insert(piece.index).inserted }) else { return }
        record.add(VerifyFinding(kind, blob: file.blob.text, member: place(), range: piece.range, text))
    }

    /// Whether an error says that bytes are not there or not what they were, rather than that the store fails.
    static func isOfBytes(_ error: any Error) -> Bool {
        switch error {
        case let error as BlobStoreError: error.concernsBytes
        case is TransferError, is StreamError: true
        default: false
        }
    }

    static func words(of error: any Error) -> String {
        let explanation = Explanation(error)
        return ([explanation.summary] + explanation.causes).joined(separator: ": ")
    }

    /// Compares the whole with the digests that the blob carries, once all pieces were read.
    ///
    /// Where a piece is known to be damaged, that would say nothing new.
    func finish() {
        record.addBlob()
        let (sums, digests, isWhole) = state.withLock { ($0.sums, $0.digests, $0.damaged.isEmpty) }
        guard isWhole, end == file.state.size, !sums.contains(where: { $0 == nil }) else { return }
        let sum = sums.reduce(BlobSum()) { $1.map { [left = $0] in left + $0 } ?? $0 }
        let expected = file.state.attributes.metadata(named: BlobSum.metadataName)
        if let expected, expected != sum.text {
            record.add(
                VerifyFinding(
                    .digestDiffers, blob: file.blob.text, range: 0..<end,
                    "the CRC-64 of all bytes is \(sum.text), and the blob's metadata says \(expected)"))
        }
        if let stored {
            var chain = Digest(.sha256)
            for digest in digests { if let digest { chain.update(digest.span) } }
            if BlobDigest(pieceSize: stored.pieceSize, digest: chain.finish()) != stored {
                record.add(
                    VerifyFinding(
                        .digestDiffers, blob: file.blob.text, range: 0..<end,
                        "the SHA-256 of all bytes is not the one in the blob's metadata"))
            }
        }
    }

    /// Whether anything says what the bytes should be.
    var isProvable: Bool {
        file.pieces != nil || stored != nil || file.state.attributes.metadata(named: BlobSum.metadataName) != nil
    }
}

/// Reads a blob whose bytes are compared and not looked at, but for the last.
struct BytesCheck: PieceSink {
    let tally: BlobTally
    private(set) var trailer = ScriptTrailer()

    init(_ tally: BlobTally) { self.tally = tally }

    mutating func take(_ piece: PieceReading, _ bytes: Span<UInt8>) async throws {
        tally.add(piece, place: { [tally] in tally.file.memberName })
        trailer.consume(bytes)
    }
}
