import BlobStorage
import ByteStreams
import CryptoDigests
import HTTPMessages

/// A body that arrived, but not as its client sent it.
enum DigestMismatch: Error {
    case md5
    case crc64

    static func failure(_ error: any Error) -> ServiceFailure {
        let code = error as? DigestMismatch == .crc64 ? "Crc64Mismatch" : "Md5Mismatch"
        return ServiceFailure(400, code, ServiceMessage.text(for: code))
    }
}

/// The digest that a request says its body has: at most one of two.
enum ExpectedDigest: Equatable {
    case none
    case md5([UInt8])
    case crc64([UInt8])

    init(_ fields: HTTPFields) throws(ServiceFailure) {
        switch (fields["Content-MD5"], fields["x-ms-content-crc64"]) {
        case (nil, nil): self = .none
        case (.some(let text), nil):
            guard let bytes = Base64.decode(text), bytes.count == 16 else {
                throw ServiceFailure(
                    400, "InvalidMd5",
                    "The MD5 value specified in the request is invalid. MD5 value must be 128 bits "
                        + "and base64-encoded.")
            }
            self = .md5(bytes)
        case (nil, .some(let text)):
            guard let bytes = Base64.decode(text), bytes.count == 8 else {
                throw .header("x-ms-content-crc64", text)
            }
            self = .crc64(bytes)
        default:
            throw ServiceFailure(
                400, "BothCrc64AndMd5HeaderPresent",
                "Both x-ms-content-crc64 header and Content-MD5 header are present.")
        }
    }
}

/// A body that is digested as it is read, and throws instead of its end if the digest is not the expected one.
///
/// So a store never sees the good end of damaged bytes, and keeps nothing of them.
struct CheckedBody<Source: ByteSource & ~Copyable>: ~Copyable, ByteSource {
    private var source: Source
    private let expected: ExpectedDigest
    private var md5 = Digest(.md5)
    private var crc64 = CRC64()
    private var isFinished = false
    private var rest: Int

    /// - Parameter length: How many bytes will come; the check is made with the last of them.
    init(_ source: consuming Source, length: Int, expecting expected: ExpectedDigest) {
        self.source = source
        self.expected = expected
        rest = length
    }

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        let before = buffer.count
        try await source.read(into: &buffer)
        let taken = buffer.count - before
        digest(buffer.span.extracting(before...))
        rest -= taken
        if rest <= 0 || taken == 0 { try check() }
    }

    private mutating func digest(_ bytes: Span<UInt8>) {
        if case .md5 = expected { md5.update(bytes) } else { crc64.update(bytes) }
    }

    /// Checks the digest of an empty body, too, which nobody reads.
    mutating func check() throws(DigestMismatch) {
        guard !isFinished else { return }
        isFinished = true
        switch expected {
        case .none: return
        case .crc64(let bytes): if bytes != crc64.bytes { throw .crc64 }
        case .md5(let bytes):
            var finished = Digest(.md5)
            swap(&finished, &md5)
            if bytes != finished.finish() { throw .md5 }
        }
    }

    /// What the answer says about the body: the digest it was checked by, or its CRC-64.
    var answerField: HTTPFields.Field {
        switch expected {
        case .md5(let bytes): HTTPFields.Field("Content-MD5", Base64.encode(bytes))
        case .none, .crc64: HTTPFields.Field("x-ms-content-crc64", Base64.encode(crc64.bytes))
        }
    }
}
