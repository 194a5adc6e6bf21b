import CISAL
import CZlib

/// The check value at the end of a gzip member (RFC 1952).
public struct CRC32: Sendable, Hashable {
    public private(set) var value: UInt32 = 0
    /// How many bytes it is of.
    public private(set) var count = 0

    /// Of no bytes.
    public init() {}

    public init(_ bytes: Span<UInt8>) {
        value = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe crc32_gzip_refl(0, bytes.baseAddress, UInt64(bytes.count))
        }
        count = bytes.count
    }

    /// That of the bytes of both, the left ones first.
    public static func + (left: CRC32, right: CRC32) -> CRC32 {
        var sum = CRC32()
        sum.value = UInt32(crc32_combine(UInt(left.value), UInt(right.value), right.count))
        sum.count = left.count + right.count
        return sum
    }
}
