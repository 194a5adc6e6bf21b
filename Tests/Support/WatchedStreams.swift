public import ByteStreams

/// A source whose every read is told of, with what it gave.
public struct WatchedSource<Base: ByteSource & Sendable>: ByteSource, Sendable {
    private var base: Base
    private let onRead: @Sendable (_ bytes: Int) -> Void

    /// - Parameter onRead: Called after each read with what it gave, in bytes.
    public init(_ base: Base, onRead: @escaping @Sendable (_ bytes: Int) -> Void) {
        self.base = base
        self.onRead = onRead
    }

    public mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        let before = buffer.count
        try await base.read(into: &buffer)
        onRead(buffer.count - before)
    }
}

/// A sink whose every write is told of first.
public struct WatchedSink<Base: ByteSink & Sendable>: ByteSink, Sendable {
    public private(set) var base: Base
    private let onWrite: @Sendable () -> Void

    public init(_ base: Base, onWrite: @escaping @Sendable () -> Void) {
        self.base = base
        self.onWrite = onWrite
    }

    public mutating func write(_ bytes: Span<UInt8>) async throws {
        onWrite()
        try await base.write(bytes)
    }
}
