public import SystemCalls

/// Reads a file, a pipe or a socket on threads that may block.
///
/// A cancelled task stops waiting at once, whatever the other side does. Nobody else may read from the descriptor.
public struct DescriptorSource: ~Copyable, ByteSource, Sendable {
    private let descriptor: Descriptor
    private let threads: ThreadPool

    public init(_ descriptor: consuming Descriptor, on threads: ThreadPool) {
        self.descriptor = descriptor
        self.threads = threads
    }

    public mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        try Task.checkCancellation()
        let cancellation = try Event()
        try await withTaskCancellationHandler {
            try await withTaskExecutorPreference(threads) {
                try await Self.read(descriptor, &buffer, unless: cancellation)
            }
        } onCancel: {
            cancellation.signal()
        }
        try Task.checkCancellation()
    }

    @concurrent private static func read(
        _ descriptor: borrowing Descriptor, _ buffer: inout OutputSpan<UInt8>, unless cancellation: borrowing Event
    ) async throws {
        let outcome = try cancellation.wait(or: descriptor.number, isReadyFor: .reading)
        guard !outcome.contains(.event) else { throw CancellationError() }
        _ = try descriptor.read(into: &buffer)
    }
}

/// Writes to a file, a pipe or a socket on threads that may block.
///
/// A cancelled task stops waiting only when the other side reads or closes.
public struct DescriptorSink: ~Copyable, ByteSink, Sendable {
    private let descriptor: Descriptor
    private let threads: ThreadPool

    public init(_ descriptor: consuming Descriptor, on threads: ThreadPool) {
        self.descriptor = descriptor
        self.threads = threads
    }

    public mutating func write(_ bytes: Span<UInt8>) async throws {
        try Task.checkCancellation()
        try await withTaskExecutorPreference(threads) { try await Self.write(descriptor, bytes) }
    }

    /// Closes the descriptor, so that the other side sees the end.
    public consuming func close() throws(SystemError) { try descriptor.close() }

    @concurrent private static func write(_ descriptor: borrowing Descriptor, _ bytes: Span<UInt8>) async throws {
        try descriptor.write(bytes)
    }
}
