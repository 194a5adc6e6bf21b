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
}
