import CISAL
import CZlib
import Diagnostics

/// Compresses pieces of raw deflate streams (RFC 1951), each apart from the others.
///
/// Pieces of one stream may be compressed in any order, by several deflaters at once; put one behind the other they are
/// the stream. It has tables of its own, so it is for one thread at a time.
@safe public struct PieceDeflater: ~Copyable, PartCompressor {
    /// The bytes before a piece that help to compress it, at most: the window of deflate.
    public static let window = 32 << 10

    @safe private enum Engine {
        case fast(UnsafeMutablePointer<penstock_isal>)
        case zlib(UnsafeMutablePointer<z_stream>)
    }

    private let engine: Engine
    private let level: DeflateLevel
    public let wrapper: StreamWrapper?

    /// Throws ``CompressionError`` if there is no memory.
    ///
    /// - Parameter wrapper: What stands around the streams that ``compress(_:after:begins:ends:into:)`` writes.
    public init(level: DeflateLevel, wrapper: StreamWrapper = .zlib) throws(CompressionError) {
        self.level = level
        self.wrapper = wrapper
        if level.isFast {
            guard let state = unsafe penstock_isal_new() else { throw CompressionError(.noMemory) }
            unsafe engine = .fast(state)
        } else {
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            unsafe stream.initialize(to: z_stream())
            guard unsafe penstock_deflate_init(stream, Int32(level.number)) == Z_OK else {
                unsafe stream.deallocate()
                throw CompressionError(.noMemory)
            }
            unsafe engine = .zlib(stream)
        }
    }

    deinit {
        switch engine {
        case .fast(let state): unsafe penstock_isal_free(state)
        case .zlib(let stream):
            unsafe deflateEnd(stream)
            unsafe stream.deallocate()
        }
    }

    public mutating func compress(
        _ bytes: Span<UInt8>, after dictionary: Span<UInt8>, begins: Bool, ends: Bool, into output: inout [UInt8]
    ) throws(CompressionError) {
        if begins, let wrapper { output += wrapper.header(level) }
        guard ends || !bytes.isEmpty else { return }
        try deflate(bytes, after: dictionary, isLast: ends, into: &output)
    }

    /// Appends a compressed piece to `output`.
    ///
    /// - Parameters:
    ///   - dictionary: The stream's bytes right before the piece; the last ``window`` of them count. Empty for the first.
    ///   - isLast: True ends the stream; otherwise the piece ends on a byte boundary and another must follow.
    public mutating func deflate(
        _ bytes: Span<UInt8>, after dictionary: Span<UInt8>, isLast: Bool, into output: inout [UInt8]
    ) throws(CompressionError) {
        precondition(bytes.count <= Int(Int32.max / 2), "a piece must have less than a gibibyte")
        // Stored blocks need five bytes for each 64 KiB; the rest is for the end of the stream.
        var room = bytes.count + bytes.count / 64 + 512
        while true {
            let dictionary = dictionary.extracting(last: Self.window)
            let written = unsafe output.append(room: room) { output in
                unsafe bytes.withUnsafeBufferPointer { bytes in
                    unsafe dictionary.withUnsafeBufferPointer { dictionary in
                        unsafe piece(bytes, dictionary, isLast: isLast, into: output)
                    }
                }
            }
            if written != nil { return }
            guard room < bytes.count * 2 + 4096 else { throw CompressionError(.failed) }
            room = bytes.count * 2 + 4096
        }
    }

    /// The bytes written, or `nil` if there was too little room.
    private func piece(
        _ bytes: UnsafeBufferPointer<UInt8>, _ dictionary: UnsafeBufferPointer<UInt8>, isLast: Bool,
        into output: UnsafeMutableBufferPointer<UInt8>
    ) -> Int? {
        switch engine {
        case .fast(let state):
            let written = unsafe penstock_isal_deflate(
                state, Int32(level.number), dictionary.baseAddress, UInt32(dictionary.count), bytes.baseAddress,
                UInt32(bytes.count), output.baseAddress, UInt32(output.count), isLast ? 1 : 0)
            return written < 0 ? nil : written
        case .zlib(let stream):
            guard unsafe deflateReset(stream) == Z_OK,
                unsafe dictionary.isEmpty
                    || deflateSetDictionary(stream, dictionary.baseAddress, UInt32(dictionary.count)) == Z_OK
            else { return nil }
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            unsafe stream.pointee.next_out = output.baseAddress
            unsafe stream.pointee.avail_out = UInt32(output.count)
            let status = unsafe CZlib.deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
            let isDone = unsafe isLast ? status == Z_STREAM_END : status == Z_OK && stream.pointee.avail_in == 0
            guard isDone, unsafe stream.pointee.avail_out > 0 else { return nil }
            return unsafe output.count - Int(stream.pointee.avail_out)
        }
    }
}
