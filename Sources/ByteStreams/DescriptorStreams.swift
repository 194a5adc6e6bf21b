public import SystemCalls

/// Reads a file, a pipe or a socket on threads that may block.
///
/// A cancelled task stops waiting at once.
public struct DescriptorSource: ~Copyable, ByteSource, Sendable {
    private let descriptor: Descriptor
    private let threads: ThreadPool

    public init(_ descriptor: consuming Descriptor, on threads: ThreadPool) {
        self.descriptor = descriptor
        self.threads = threads
    }

    public mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        try await withTaskExecutorPreference(threads) { try await Self.read(descriptor, &buffer) }
        try Task.checkCancellation()
    }

    @concurrent private static func read(
        _ descriptor: borrowing Descriptor, _ buffer: inout OutputSpan<UInt8>
    ) async throws {
        let cancelled = try Cancellation()
        try await withTaskCancellationHandler {
            // Files are always ready; a pipe is when somebody has written to it or closed it.
            let outcome = try cancelled.event.wait(or: descriptor.number, isReadyFor: .reading)
            guard !outcome.contains(.event) else { throw CancellationError() }
            _ = try descriptor.read(into: &buffer)
        } onCancel: {
            cancelled.event.signal()
        }
    }
}

/// Writes to a file, a pipe or a socket on threads that may block.
///
/// A cancelled task stops waiting at once, however long nobody reads.
public struct DescriptorSink: ~Copyable, ByteSink, Sendable {
    private let output: InterruptibleOutput
    private let threads: ThreadPool

    public init(_ descriptor: consuming Descriptor, on threads: ThreadPool) throws(SystemError) {
        output = try InterruptibleOutput(descriptor)
        self.threads = threads
    }

    public mutating func write(_ bytes: Span<UInt8>) async throws {
        try Task.checkCancellation()
        try await withTaskExecutorPreference(threads) { try await Self.write(output, bytes) }
    }

    /// Closes the descriptor, so that the other side sees the end.
    public consuming func close() throws(SystemError) { try output.close() }

    @concurrent private static func write(_ output: borrowing InterruptibleOutput, _ bytes: Span<UInt8>) async throws {
        let cancelled = try Cancellation()
        try await withTaskCancellationHandler {
            guard try output.write(bytes, unless: cancelled.event) else { throw CancellationError() }
        } onCancel: {
            cancelled.event.signal()
        }
    }
}

/// Shares an event with the handler of a cancellation.
private final class Cancellation: Sendable {
    let event: Event

    init() throws(SystemError) { event = try Event() }
}
