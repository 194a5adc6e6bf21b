import CISAL
import CZlib

/// The check value at the end of a zlib stream (RFC 1950).
public struct Adler32: Sendable, Hashable {
    public private(set) var value: UInt32 = 1
    /// How many bytes it is of.
    public private(set) var count = 0

    /// Of no bytes.
    public init() {}

    public init(_ bytes: Span<UInt8>) {
        value = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe isal_adler32(1, bytes.baseAddress, UInt64(bytes.count))
        }
        count = bytes.count
    }

    /// That of the bytes of both, the left ones first.
    public static func + (left: Adler32, right: Adler32) -> Adler32 {
        var sum = Adler32()
        sum.value = UInt32(adler32_combine(UInt(left.value), UInt(right.value), right.count))
        sum.count = left.count + right.count
        return sum
    }

    /// As it stands in the stream: the most significant byte first.
    public var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
}
