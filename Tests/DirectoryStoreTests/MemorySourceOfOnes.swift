import ByteStreams
import SystemCalls

/// As many bytes as wanted, without holding them.
struct MemorySourceOfOnes: ByteSource {
    var left: Int

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        let count = min(left, buffer.freeCapacity)
        buffer.append(copying: [UInt8](repeating: 1, count: count).span)
        left -= count
    }
}
