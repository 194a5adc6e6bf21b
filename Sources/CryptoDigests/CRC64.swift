import CCarrylessMultiply

/// The CRC-64 of `x-ms-content-crc64`: CRC-64/NVME, reflected, polynomial 0x9A6C9329AC4BC9B5.
///
/// The check value of `123456789` is 0xAE8B14860A799888. Vectors: `fixtures/crc64/vectors.json`.
public struct CRC64: Sendable, Equatable {
    /// The value for all bytes given so far.
    public private(set) var value: UInt64 = 0

    public init() {}

    init(value: UInt64) { self.value = value }

    /// Takes a value as ``bytes`` has it; `nil` unless they are eight.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 8 else { return nil }
        value = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    static let polynomial: UInt64 = 0x9A6C_9329_AC4B_C9B5

    /// Adds bytes: by carry-less multiplication, as wide as the processor can, and eight at a time by tables elsewhere.
    public mutating func update(_ bytes: Span<UInt8>) {
        update(bytes, multiplying: Self.multipliedBits)
    }

    /// - Parameter bits: How many are multiplied at a time, at most ``multipliedBits``; with 0, tables are used. All give
    ///   the same.
    mutating func update(_ bytes: Span<UInt8>, multiplying bits: Int) {
        let folded = bits > 0 ? bytes.count & ~63 : 0
        var crc = ~value
        if folded > 0 {
            let rest = Self.fold(crc, bytes.extracting(first: folded), wide: bits >= 512 && folded >= 256)
            crc = Self.byTables(0, rest.span)
        }
        value = ~Self.byTables(crc, bytes.extracting(droppingFirst: folded))
    }

    /// Sixteen bytes that leave the same remainder as `bytes`, whose number is a multiple of 64.
    private static func fold(_ crc: UInt64, _ bytes: Span<UInt8>, wide: Bool) -> [UInt8] {
        var rest = [UInt8](repeating: 0, count: 16)
        unsafe bytes.withUnsafeBufferPointer { bytes in
            if wide {
                unsafe penstock_crc64_fold_wide(crc, bytes.baseAddress, bytes.count, &rest)
            } else {
                unsafe penstock_crc64_fold(crc, bytes.baseAddress, bytes.count, &rest)
            }
        }
        return rest
    }

    private static func byTables(_ crc: UInt64, _ bytes: Span<UInt8>) -> UInt64 {
        var crc = crc
        var index = 0
        while index + 8 <= bytes.count {
            crc = step8(crc, bytes, index)
            index += 8
        }
        while index < bytes.count {
            crc = tables[0][Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])] ^ (crc >> 8)
            index += 1
        }
        return crc
    }

    /// How many bits this processor multiplies without carries at a time: 512, 128 or 0.
    static let multipliedBits = Int(penstock_multiplied_bits())

    /// The eight bytes of the value, lowest first, as the header carries them in Base64.
    public var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    /// Eight bytes at once by eight tables ("slicing by 8").
    private static func step8(_ crc: UInt64, _ bytes: Span<UInt8>, _ index: Int) -> UInt64 {
        var sum: UInt64 = 0
        for offset in 0..<8 {
            let byte = UInt8(truncatingIfNeeded: crc >> UInt64(8 * offset)) ^ bytes[index + offset]
            sum ^= tables[7 - offset][Int(byte)]
        }
        return sum
    }

    /// `tables[k][b]`: what byte `b` adds with `k` bytes behind it.
    private static let tables: [[UInt64]] = {
        let first = (0..<256).map { byte in
            (0..<8).reduce(UInt64(byte)) { crc, _ in (crc >> 1) ^ (crc & 1 == 1 ? polynomial : 0) }
        }
        var tables = [first]
        for _ in 1..<8 {
            let last = tables[tables.count - 1]
            tables.append(last.map { first[Int($0 & 0xFF)] ^ ($0 >> 8) })
        }
        return tables
    }()
}
