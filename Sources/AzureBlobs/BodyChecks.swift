import BlobStorage
import CryptoDigests
import HTTPMessages
import Synchronization

/// How a service checks the bodies it is sent, found out once for each endpoint.
///
/// CRC-64 costs next to nothing. A service that honours it says the sum it computed; one that does not say it, or refuses
/// the field, is sent an MD5 from then on.
final class BodyChecks: Sendable {
    enum Check: Sendable {
        case crc64
        case md5

        /// The field that carries the check of a body.
        func field(of bytes: Span<UInt8>) -> HTTPFields.Field {
            switch self {
            case .crc64: HTTPFields.Field("x-ms-content-crc64", CRC64.header(of: bytes))
            case .md5: HTTPFields.Field("Content-MD5", Base64.encode(Digest.of(bytes, .md5)))
            }
        }
    }

    private let state = Mutex(Check.crc64)

    var current: Check { state.withLock { $0 } }

    /// The service does not honour CRC-64.
    func fallBack() { state.withLock { $0 = .md5 } }
}
