/// One source behind another.
public struct Chained<First: ByteSource, Second: ByteSource>: ByteSource {
    private var first: First
    private var second: Second
    private var firstHasEnded = false

    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    public mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        if !firstHasEnded {
            let before = buffer.count
            try await first.read(into: &buffer)
            guard buffer.count == before else { return }
            firstHasEnded = true
        }
        try await second.read(into: &buffer)
    }
}

extension Chained: Sendable where First: Sendable, Second: Sendable {}
