/// Compresses parts of streams, each apart from the others; for one thread at a time.
///
/// Parts of one stream may be compressed in any order, by several compressors at once; put one behind the other they are
/// the stream.
public protocol PartCompressor: ~Copyable {
    /// What stands around the stream, where it ends with a ``StreamSum`` of all its data that is the caller's to append.
    var wrapper: StreamWrapper? { get }

    /// Appends what stands for a part of a stream; that may be nothing if the part is empty.
    ///
    /// - Parameters:
    ///   - dictionary: The stream's bytes right before the part, as many of them as are known.
    ///   - begins: Whether the part is the stream's first.
    ///   - ends: Whether it is the last.
    mutating func compress(
        _ bytes: Span<UInt8>, after dictionary: Span<UInt8>, begins: Bool, ends: Bool, into output: inout [UInt8]
    ) throws(CompressionError)
}

extension [UInt8] {
    /// Appends what `body` writes into `room` bytes, and answers what it answers: the bytes written, or `nil`, and then
    /// nothing is appended.
    mutating func append(
        room: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Int?
    ) -> Int? {
        let start = count
        self += [UInt8](repeating: 0, count: room)
        let written = unsafe withUnsafeMutableBufferPointer { buffer in
            unsafe body(UnsafeMutableBufferPointer(rebasing: buffer[start...]))
        }
        removeLast(room - (written ?? 0))
        return written
    }
}
