/// What stands around the deflate data of one stream, so that its reader knows what it is and whether it is whole.
public enum StreamWrapper: Sendable, Hashable, CaseIterable {
    /// A zlib stream (RFC 1950), as in archives.
    case zlib
    /// A gzip member (RFC 1952), as in files.
    case gzip

    /// What stands before the data.
    public func header(_ level: DeflateLevel) -> [UInt8] {
        switch self {
        case .zlib: level.streamHeader
        // Deflate, no flags, no time; a hint at the level; Unix.
        case .gzip: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, level.number == 1 ? 4 : level.number == 9 ? 2 : 0, 3]
        }
    }
}

/// The check value of the bytes of a stream, as the stream's wrapper wants it.
///
/// The sums of runs in a row add up to that of the whole.
public struct StreamSum: Sendable, Hashable {
    private enum Value: Sendable, Hashable {
        case adler(Adler32)
        case crc(CRC32)
    }

    private let value: Value

    private init(_ value: Value) { self.value = value }

    /// Of no bytes.
    public init(_ wrapper: StreamWrapper = .zlib) {
        switch wrapper {
        case .zlib: value = .adler(Adler32())
        case .gzip: value = .crc(CRC32())
        }
    }

    public init(_ bytes: Span<UInt8>, for wrapper: StreamWrapper) {
        switch wrapper {
        case .zlib: value = .adler(Adler32(bytes))
        case .gzip: value = .crc(CRC32(bytes))
        }
    }

    /// That of the bytes of both, the left ones first; both are of one wrapper.
    public static func + (left: StreamSum, right: StreamSum) -> StreamSum {
        switch (left.value, right.value) {
        case (.adler(let left), .adler(let right)): StreamSum(.adler(left + right))
        case (.crc(let left), .crc(let right)): StreamSum(.crc(left + right))
        default: preconditionFailure("sums of two wrappers do not add up")
        }
    }

    /// What stands behind the data.
    public var trailer: [UInt8] {
        switch value {
        case .adler(let sum): sum.bytes
        case .crc(let sum):
            (0..<4).map { UInt8(truncatingIfNeeded: sum.value >> ($0 * 8)) }
                + (0..<4).map { UInt8(truncatingIfNeeded: sum.count >> ($0 * 8)) }
        }
    }
}
