import CryptoDigests

/// The CRC-64 and the length of a run of bytes; sums of runs in a row add up to the sum of the whole.
public struct BlobSum: Sendable, Equatable {
    /// The metadata name under which the sum of a whole blob is kept.
    public static let metadataName = "penstock_crc64"

    private let crc: CRC64
    /// In bytes.
    public let length: Int

    /// The sum of no bytes.
    public init() { self.init(crc: CRC64(), length: 0) }

    public init(_ bytes: Span<UInt8>) {
        var crc = CRC64()
        crc.update(bytes)
        self.init(crc: crc, length: bytes.count)
    }

    private init(crc: CRC64, length: Int) {
        self.crc = crc
        self.length = length
    }

    /// The sum of `length` bytes as a service says it: the eight bytes of their CRC-64, lowest first.
    public init?(crc64 bytes: [UInt8], length: Int) {
        guard let crc = CRC64(bytes: bytes) else { return nil }
        self.init(crc: crc, length: length)
    }

    /// 16 hexadecimal digits, highest first.
    public var text: String {
        let digits = String(crc.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    public static func + (first: BlobSum, second: BlobSum) -> BlobSum {
        BlobSum(
            crc: .combine(first.crc, second.crc, length: second.length), length: first.length + second.length)
    }
}
