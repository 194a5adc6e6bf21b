import CLZ4
import CZlib
import CZstd

/// Brings back the bytes of compressed streams, one after the other, as they come.
///
/// A stream is one zlib stream (RFC 1950) or gzip member (RFC 1952), or one frame of lz4 or zstd. It has memory of its own, a few hundred KiB for
/// lz4, for zstd as much as its window (up to 8 MiB, with long-distance matching 128 MiB), and is for one thread at a time.
@safe public struct StreamExpander: ~Copyable {
    public enum Method: Sendable, Hashable { case zlib, gzip, lz4, zstd }

    @safe private enum Engine {
        case zlib(UnsafeMutablePointer<z_stream>)
        case lz4(OpaquePointer)
        case zstd(OpaquePointer)
    }

    private let engine: Engine
    private let room: UnsafeMutableBufferPointer<UInt8>
    /// True once the end of the stream has been seen, and with zlib its check value.
    public private(set) var hasEnded = false

    private static let roomSize = 64 << 10
    /// As a power of two; pg_restore allows no more either.
    private static let largestWindow: Int32 = 27

    /// Throws ``CompressionError`` if there is no memory.
    public init(_ method: Method) throws(CompressionError) {
        switch method {
        case .zlib, .gzip:
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            unsafe stream.initialize(to: z_stream())
            let status = unsafe method == .gzip ? penstock_gunzip_init(stream) : penstock_inflate_init(stream)
            guard status == Z_OK else {
                unsafe stream.deallocate()
                throw CompressionError(.noMemory)
            }
            unsafe engine = .zlib(stream)
        case .lz4:
            var state: OpaquePointer?
            let status = unsafe LZ4F_createDecompressionContext(&state, UInt32(LZ4F_VERSION))
            guard LZ4F_isError(status) == 0, let state = unsafe state else { throw CompressionError(.noMemory) }
            unsafe engine = .lz4(state)
        case .zstd:
            guard let state = unsafe ZSTD_createDCtx() else { throw CompressionError(.noMemory) }
            _ = unsafe ZSTD_DCtx_setParameter(state, ZSTD_d_windowLogMax, Self.largestWindow)
            unsafe engine = .zstd(state)
        }
        unsafe room = .allocate(capacity: Self.roomSize)
    }

    deinit {
        switch engine {
        case .zlib(let stream):
            unsafe inflateEnd(stream)
            unsafe stream.deallocate()
        case .lz4(let state): unsafe LZ4F_freeDecompressionContext(state)
        case .zstd(let state): unsafe ZSTD_freeDCtx(state)
        }
        unsafe room.deallocate()
    }

    /// Begins another stream, whatever became of this one.
    public mutating func reset() {
        hasEnded = false
        switch engine {
        case .zlib(let stream): _ = unsafe inflateReset(stream)
        case .lz4(let state): unsafe LZ4F_resetDecompressionContext(state)
        case .zstd(let state): _ = unsafe ZSTD_DCtx_reset(state, ZSTD_reset_session_only)
        }
    }

    /// Takes the next bytes of the stream, and hands on what they stand for, piece by piece.
    ///
    /// Throws ``CompressionError``: `damaged`, or `beyondEnd` for bytes behind the stream's end.
    public mutating func expand(
        _ bytes: Span<UInt8>, _ receive: (Span<UInt8>) -> Void
    ) throws(CompressionError) {
        var start = 0
        while true {
            if hasEnded {
                guard start == bytes.count else { throw CompressionError(.beyondEnd) }
                return
            }
            let step = try step(over: bytes.extracting(start...))
            start += step.taken
            hasEnded = step.ended
            if step.written > 0 {
                unsafe receive(Span(_unsafeElements: UnsafeBufferPointer(rebasing: room[..<step.written])))
            }
            // Room that was not used up means that nothing more comes of the bytes so far.
            if start == bytes.count, step.written < Self.roomSize, !hasEnded { return }
            if step.taken == 0, step.written == 0, !hasEnded { throw CompressionError(.damaged) }
        }
    }

    /// Takes some of the next bytes of the stream, and appends at most 64 KiB of what they stand for to `output`.
    ///
    /// Answers how many bytes were taken. Once nothing is appended and all are taken, more must come. Throws as
    /// ``expand(_:_:)`` does.
    public mutating func expandSome(
        _ bytes: Span<UInt8>, into output: inout [UInt8]
    ) throws(CompressionError) -> Int {
        guard !hasEnded else {
            guard bytes.isEmpty else { throw CompressionError(.beyondEnd) }
            return 0
        }
        let step = try step(over: bytes)
        hasEnded = step.ended
        unsafe output.append(contentsOf: UnsafeBufferPointer(rebasing: room[..<step.written]))
        guard step.taken > 0 || step.written > 0 || step.ended || bytes.isEmpty else {
            throw CompressionError(.damaged)
        }
        return step.taken
    }

    private struct Step {
        var taken = 0
        var written = 0
        var ended = false
    }

    private func step(over bytes: Span<UInt8>) throws(CompressionError) -> Step {
        let step = unsafe bytes.withUnsafeBufferPointer { bytes in
            switch engine {
            case .zlib(let stream): unsafe inflate(bytes, by: stream)
            case .lz4(let state): unsafe expandFrame(bytes, byLZ4: state)
            case .zstd(let state): unsafe expandFrame(bytes, byZstd: state)
            }
        }
        guard let step else { throw CompressionError(.damaged) }
        return step
    }

    private func inflate(_ bytes: UnsafeBufferPointer<UInt8>, by stream: UnsafeMutablePointer<z_stream>) -> Step? {
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(clamping: bytes.count)
        unsafe stream.pointee.next_out = room.baseAddress
        unsafe stream.pointee.avail_out = UInt32(room.count)
        let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        // Z_BUF_ERROR: nothing could be done without more bytes or more room.
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
        return unsafe Step(
            taken: min(bytes.count, Int(UInt32.max)) - Int(stream.pointee.avail_in),
            written: room.count - Int(stream.pointee.avail_out), ended: status == Z_STREAM_END)
    }

    private func expandFrame(_ bytes: UnsafeBufferPointer<UInt8>, byLZ4 state: OpaquePointer) -> Step? {
        var written = unsafe room.count
        var taken = bytes.count
        let left = unsafe LZ4F_decompress(state, room.baseAddress, &written, bytes.baseAddress, &taken, nil)
        guard LZ4F_isError(left) == 0 else { return nil }
        return Step(taken: taken, written: written, ended: left == 0 && (taken > 0 || written > 0))
    }

    private func expandFrame(_ bytes: UnsafeBufferPointer<UInt8>, byZstd state: OpaquePointer) -> Step? {
        var input = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        var output = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
        let left = unsafe ZSTD_decompressStream(state, &output, &input)
        guard ZSTD_isError(left) == 0 else { return nil }
        return unsafe Step(
            taken: input.pos, written: output.pos, ended: left == 0 && (input.pos > 0 || output.pos > 0))
    }
}
