import SystemCalls

/// The bytes of a block in memory, or only how many there were.
enum MemoryContents: Sendable {
    case kept([UInt8])
    case forgotten(count: Int)

    var count: Int {
        switch self {
        case .kept(let bytes): bytes.count
        case .forgotten(let count): count
        }
    }

    /// Appends a part, which is of zeros where the bytes were forgotten.
    func append(_ part: Range<Int>, to buffer: inout OutputSpan<UInt8>) {
        switch self {
        case .kept(let bytes): buffer.append(copying: bytes.span.extracting(part))
        case .forgotten: buffer.append(repeating: 0, count: part.count)
        }
    }
}

extension MemoryAccount {
    func contents(of bytes: Span<UInt8>) -> MemoryContents {
        keepsBytes ? .kept([UInt8](copying: bytes)) : .forgotten(count: bytes.count)
    }
}
