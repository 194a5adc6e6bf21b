public import ByteStreams
import SystemCalls

/// A source that throws in the middle, as a connection that breaks does.
public struct BrokenSource: ByteSource, Sendable {
    public struct Broken: Error, Equatable {
        public init() {}
    }

    private var left: Int

    public init(after count: Int) { left = count }

    public mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        guard left > 0 else { throw Broken() }
        let count = min(left, buffer.freeCapacity, 10_000)
        for _ in 0..<count { buffer.append(7) }
        left -= count
    }
}
