/// Where bytes come from, in order, once.
///
/// A read that appends nothing to a buffer with free capacity means that the source ended *well*. A source whose end
/// is not a proof of completeness (a process that exited badly, a body shorter than promised, a wrong digest) throws
/// from its last read instead.
public protocol ByteSource: ~Copyable {
    /// Appends at least one byte, or none at the good end. Waits for the first byte, not for the buffer to be full.
    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws
}

/// Where bytes go, in order.
public protocol ByteSink: ~Copyable {
    /// Takes all of `bytes`; waits while the other side is slow.
    mutating func write(_ bytes: Span<UInt8>) async throws
}
