import CLZ4

/// Compresses parts of streams into blocks of one lz4 frame, which do not know of each other and have check values.
///
/// Source of the layout: the LZ4 frame format 1.6: a header, blocks, and an end mark of four zero bytes.
@safe public struct LZ4Packer: ~Copyable, PartCompressor {
    public var wrapper: StreamWrapper? { nil }

    private let context: OpaquePointer
    private var preferences: LZ4F_preferences_t
    private static let endMark: [UInt8] = [0, 0, 0, 0]

    /// Throws ``CompressionError`` if there is no memory.
    public init(level: LZ4Level) throws(CompressionError) {
        var context: OpaquePointer?
        let status = unsafe LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let context = unsafe context else { throw CompressionError(.noMemory) }
        unsafe self.context = context
        preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max1MB
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled
        preferences.compressionLevel = Int32(level.number)
        // Whatever comes is compressed at once.
        preferences.autoFlush = 1
    }

    deinit { _ = unsafe LZ4F_freeCompressionContext(context) }

    public mutating func compress(
        _ bytes: Span<UInt8>, after dictionary: Span<UInt8>, begins: Bool, ends: Bool, into output: inout [UInt8]
    ) throws(CompressionError) {
        let before = output.count
        let header = unsafe output.append(room: Int(LZ4F_HEADER_SIZE_MAX)) { room in
            let size = unsafe LZ4F_compressBegin(context, room.baseAddress, room.count, &preferences)
            return LZ4F_isError(size) == 0 ? size : nil
        }
        guard header != nil else { throw CompressionError(.failed) }
        // All frames have the same header.
        if !begins { output.removeLast(output.count - before) }
        if !bytes.isEmpty {
            let room = unsafe LZ4F_compressBound(bytes.count, &preferences)
            let written = unsafe output.append(room: room) { room in
                let size = unsafe bytes.withUnsafeBufferPointer { bytes in
                    unsafe LZ4F_compressUpdate(
                        context, room.baseAddress, room.count, bytes.baseAddress, bytes.count, nil)
                }
                return LZ4F_isError(size) == 0 ? size : nil
            }
            guard written != nil else { throw CompressionError(.failed) }
        }
        if ends { output += Self.endMark }
    }
}
