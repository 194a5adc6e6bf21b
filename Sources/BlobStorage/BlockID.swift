import CryptoDigests

/// What names one staged block of one blob: Base64 text of at most 64 bytes.
///
/// All ids of a blob must have the same length, uncommitted ones included.
/// Source: <https://learn.microsoft.com/rest/api/storageservices/put-block>
public struct BlockID: Sendable, Hashable {
    /// The Base64 text.
    public let text: String

    /// Takes an id as a client wrote it; `nil` if it is not Base64 of 1 to 64 bytes.
    public init?(text: String) {
        guard let bytes = Base64.decode(text), (1...64).contains(bytes.count) else { return nil }
        self.text = text
    }

    /// The id of the block with that index, staged by that upload: 4 bytes of index, 4 of attempt, 16 of token.
    ///
    /// Ids of two writers never meet, since each has its own token, and always have the same length.
    public init(index: Int, attempt: Int, token: UploadToken) {
        let numbers = [UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: attempt)]
        let bytes = numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
        text = Base64.encode(bytes + token.bytes)
    }
}

/// What makes the blocks and the commit of one upload its own: 16 random bytes.
///
/// It is stored in the blob's metadata (`penstock_upload`), so that a commit whose answer was lost can be told from
/// somebody else's blob.
public struct UploadToken: Sendable, Hashable {
    /// The metadata name under which the token of an upload is kept.
    public static let metadataName = "penstock_upload"

    public let bytes: [UInt8]

    public init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The token of work that finds its own blocks again: the same for the same text.
    public init(derivedFrom text: String) {
        bytes = Array(Digest.of(Array(text.utf8).span, .sha256).prefix(16))
    }

    /// 32 hexadecimal digits.
    public var text: String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
