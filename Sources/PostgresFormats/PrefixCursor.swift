/// Reads the archive's primitives from a prefix of which later bytes may not have come yet.
struct PrefixCursor {
    /// Why reading stopped.
    enum Stop: Error {
        /// The next value ends at this offset, and the bytes end before.
        case needs(upTo: Int)
        case refused(ArchiveError)
    }

    let bytes: [UInt8]
    private(set) var position: Int
    /// No value may end beyond this offset.
    let maximum: Int

    init(_ bytes: [UInt8], from position: Int, maximum: Int) {
        self.bytes = bytes
        self.position = position
        self.maximum = maximum
    }

    /// Passes over `count` bytes and returns the offset of the first.
    private mutating func pass(_ count: Int) throws(Stop) -> Int {
        let end = position + count
        guard end <= maximum else { throw .refused(.contentsTooLarge(end, maximum: maximum)) }
        guard end <= bytes.count else { throw .needs(upTo: end) }
        defer { position = end }
        return position
    }

    mutating func byte() throws(Stop) -> UInt8 { bytes[try pass(1)] }

    /// A sign byte and a magnitude of four bytes.
    mutating func integer() throws(Stop) -> Int32 {
        let start = try pass(5)
        let magnitude = Int64(UInt32(littleEndian: bytes.span, at: start + 1))
        guard bytes[start] <= 1, let value = Int32(exactly: bytes[start] == 0 ? magnitude : -magnitude) else {
            throw .refused(.damaged(at: start, "this is no integer"))
        }
        return value
    }

    /// An integer length and that many bytes; the length -1 is NULL.
    mutating func text() throws(Stop) -> TextRange {
        let start = position
        let count = try integer()
        guard count >= -1 else { throw .refused(.damaged(at: start, "a string has the length \(count)")) }
        guard count >= 0 else { return .null }
        return TextRange(start: UInt32(try pass(Int(count))), count: count)
    }

    /// A string in memory of its own, so that `bytes` can grow without being copied.
    mutating func copiedText() throws(Stop) -> ArchiveText? {
        guard let range = try text().range else { return nil }
        return ArchiveText(ArraySlice(Array(bytes[range])))
    }

    /// A string of decimal digits, or `nil` if it is NULL.
    mutating func decimal() throws(Stop) -> UInt32? {
        let start = position
        guard let range = try text().range else { return nil }
        var value: UInt64 = 0
        for byte in bytes[range].prefix(11) {
            guard (0x30...0x39).contains(byte) else { throw .refused(.damaged(at: start, "this is no decimal number")) }
            value = value * 10 + UInt64(byte - 0x30)
        }
        guard !range.isEmpty, range.count <= 10, let number = UInt32(exactly: value) else {
            throw .refused(.damaged(at: start, "this is no number of 32 bits"))
        }
        return number
    }

    /// A flag byte and an offset of eight bytes.
    mutating func dataState() throws(Stop) -> DataState {
        let start = try pass(9)
        switch bytes[start] {
        case DataState.notSetFlag: return .offsetNotSet
        case DataState.noDataFlag: return .noData
        case DataState.setFlag:
            let low = UInt64(UInt32(littleEndian: bytes.span, at: start + 1))
            let high = UInt64(UInt32(littleEndian: bytes.span, at: start + 5))
            guard let offset = Int(exactly: high << 32 | low) else {
                throw .refused(.damaged(at: start, "a data offset has 64 bits"))
            }
            return .offset(offset)
        default: throw .refused(.damaged(at: start, "the data flag is none that exists"))
        }
    }
}

/// Where in the prefix a string's bytes lie; eight bytes, because a table of contents holds millions of them.
struct TextRange: Sendable {
    let start: UInt32
    /// -1 is NULL.
    let count: Int32

    static let null = TextRange(start: 0, count: -1)

    var range: Range<Int>? { count < 0 ? nil : Int(start)..<Int(start) + Int(count) }
}
