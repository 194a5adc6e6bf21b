import SystemCalls

/// Bytes that are in memory already, handed out in pieces of at most `step`.
public struct MemorySource: ByteSource, Sendable {
    private let bytes: [UInt8]
    private let step: Int
    private var position = 0

    public init(_ bytes: [UInt8], step: Int = .max) {
        self.bytes = bytes
        self.step = step
    }

    public mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        let count = min(step, buffer.freeCapacity, bytes.count - position)
        buffer.append(copying: bytes.span.extracting(position..<position + count))
        position += count
    }
}

/// Collects bytes in memory, up to a limit.
public struct MemorySink: ByteSink, Sendable {
    public private(set) var bytes: [UInt8] = []
    private let limit: Int

    public init(limit: Int) { self.limit = limit }

    /// Throws ``StreamError`` of kind `tooLong` past the limit.
    public mutating func write(_ new: Span<UInt8>) async throws {
        guard new.count <= limit - bytes.count else { throw StreamError(kind: .tooLong(limit: limit)) }
        bytes.append(copying: new)
    }
}
