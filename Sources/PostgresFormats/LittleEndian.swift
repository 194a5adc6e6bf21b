extension UInt32 {
    /// Reads four bytes of `bytes`, which must hold them.
    init(littleEndian bytes: Span<UInt8>, at index: Int) {
        self =
            UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
            | UInt32(bytes[index + 3]) << 24
    }
}
