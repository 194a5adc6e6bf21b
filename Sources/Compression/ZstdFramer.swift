import CZstd

/// Compresses parts of streams into a zstd frame each, with the frame's own check value (RFC 8878).
///
/// Frames one behind the other are a stream that zstd reads. Whatever reads only one of them in one go loses the others:
/// see docs/formats/archive.md.
@safe public struct ZstdFramer: ~Copyable, PartCompressor {
    public var wrapper: StreamWrapper? { nil }

    private let context: OpaquePointer

    /// Throws ``CompressionError`` if there is no memory.
    public init(level: ZstdLevel) throws(CompressionError) {
        guard let context = unsafe ZSTD_createCCtx() else { throw CompressionError(.noMemory) }
        // Levels that exist are not refused, nor is a check value.
        _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level.number))
        _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        unsafe self.context = context
    }

    deinit { _ = unsafe ZSTD_freeCCtx(context) }

    /// Bytes of memory that it takes.
    var size: Int { unsafe ZSTD_sizeof_CCtx(context) }

    public mutating func compress(
        _ bytes: Span<UInt8>, after dictionary: Span<UInt8>, begins: Bool, ends: Bool, into output: inout [UInt8]
    ) throws(CompressionError) {
        // A stream of no bytes is one frame of none.
        guard ends || !bytes.isEmpty else { return }
        let written = unsafe output.append(room: ZSTD_compressBound(bytes.count)) { room in
            let size = unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe ZSTD_compress2(context, room.baseAddress, room.count, bytes.baseAddress, bytes.count)
            }
            return ZSTD_isError(size) == 0 ? size : nil
        }
        guard written != nil else { throw CompressionError(.failed) }
    }
}
