import CZlib

/// Brings back the bytes of one zlib stream (RFC 1950), in pieces of any size.
@safe public struct Inflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    /// True once the end of the stream, and with it its check value, has been seen.
    public private(set) var hasEnded = false

    /// Throws ``CompressionError`` if there is no memory.
    public init() throws(CompressionError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe penstock_inflate_init(stream) == Z_OK else {
            unsafe stream.deallocate()
            throw CompressionError(.noMemory)
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Takes bytes of the stream and appends what they stand for, as far as `output` has room.
    ///
    /// - Returns: How many bytes it took; fewer than there are if the room or the stream has ended.
    public mutating func inflate(
        _ bytes: Span<UInt8>, into output: inout OutputSpan<UInt8>
    ) throws(CompressionError) -> Int {
        guard !hasEnded else { return 0 }
        let stream = unsafe stream
        let (status, taken) = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe output.withUnsafeMutableBufferPointer { output, count in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(clamping: bytes.count)
                let free = UInt32(clamping: output.count - count)
                unsafe stream.pointee.next_out = output.baseAddress.map { unsafe $0 + count }
                unsafe stream.pointee.avail_out = free
                let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                count += unsafe Int(free - stream.pointee.avail_out)
                return unsafe (status, min(bytes.count, Int(UInt32.max)) - Int(stream.pointee.avail_in))
            }
        }
        // Z_BUF_ERROR: nothing could be done without more bytes or more room.
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
            throw CompressionError(status == Z_MEM_ERROR ? .noMemory : .damaged)
        }
        hasEnded = status == Z_STREAM_END
        return taken
    }
}
