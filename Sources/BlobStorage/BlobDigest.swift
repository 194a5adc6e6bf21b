import CryptoDigests

/// One SHA-256 for a whole blob that can be computed and checked in parallel: that of the digests of its pieces.
///
/// The pieces have one size, and the last may be shorter. With `SIZE` for it, a local copy has the same digest if
/// `split -b SIZE --filter='openssl dgst -sha256 -binary' COPY | sha256sum` says so.
public struct BlobDigest: Sendable, Equatable {
    /// The metadata name under which the digest of a whole blob is kept.
    public static let metadataName = "penstock_sha256"

    /// In bytes; from 64 KiB to ``PieceDigests/largestPiece``.
    public let pieceSize: Int
    /// SHA-256 over the SHA-256 of each piece, in order: 64 hexadecimal digits.
    public let digits: String

    private static let sizes = BlockSchedule.leastBlock...PieceDigests.largestPiece

    /// The digest of a blob of those pieces; `nil` unless they are all of one size, and not too small.
    public init?(_ pieces: PieceDigests) {
        guard let run = pieces.runs.first, pieces.runs.count == 1, Self.sizes.contains(run.pieceSize) else {
            return nil
        }
        self.init(pieceSize: run.pieceSize, digest: Digest.of(pieces.packed.span, .sha256))
    }

    /// - Parameter digest: The SHA-256 over those of the pieces.
    public init(pieceSize: Int, digest: [UInt8]) {
        self.pieceSize = pieceSize
        digits = digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Reads ``text``; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let size = Int(parts[0]), Self.sizes.contains(size),
            parts[1].utf8.count == 64, parts[1].utf8.allSatisfy(Self.isDigit)
        else { return nil }
        pieceSize = size
        digits = String(parts[1])
    }

    /// `8388608-` and the digits.
    public var text: String { "\(pieceSize)-\(digits)" }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
