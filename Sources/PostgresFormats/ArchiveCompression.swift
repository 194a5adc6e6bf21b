/// How an archive's data is compressed, as its header says.
///
/// The payload of one table, or of one large object, is one stream of this method, cut into chunks.
public enum ArchiveCompression: Sendable, Hashable {
    case none
    /// Zlib streams (not gzip files); `level` is `nil` where the header does not say or says "the default".
    case zlib(level: Int?)
    case lz4
    case zstd

    /// What versions up to 1.14 write: an integer level.
    init?(level: Int32) {
        switch level {
        case 0: self = .none
        case -1: self = .zlib(level: nil)
        case 1...9: self = .zlib(level: Int(level))
        default: return nil
        }
    }

    /// What versions from 1.15 on write: one byte.
    init?(method: UInt8) {
        switch method {
        case 0: self = .none
        case 1: self = .zlib(level: nil)
        case 2: self = .lz4
        case 3: self = .zstd
        default: return nil
        }
    }

    /// The bytes of the header that say this; `nil` if archives of that version cannot say it.
    func encoded(in version: ArchiveVersion) -> [UInt8]? {
        guard version < .compressionMethods else {
            return switch self {
            case .none: [0]
            case .zlib: [1]
            case .lz4: [2]
            case .zstd: [3]
            }
        }
        return switch self {
        case .none: BlockFraming.integer(0)
        case .zlib(let level): BlockFraming.integer(Int32(level ?? -1))
        case .lz4, .zstd: nil
        }
    }
}
