import ByteStreams

/// A stretch of an archive's data that is compressed in one go: a part of a large table, or many small ones.
struct ArchivePiece: ~Copyable, Sendable {
    /// A part of one stream of data: a table's, or a large object's.
    struct Segment: Sendable {
        /// The end of the framing that stands before it, in `framing`.
        let framingEnd: Int
        /// The end of its bytes, in `data`.
        let end: Int
        /// Whether its first byte is the stream's.
        let begins: Bool
        /// Whether its last byte is the stream's.
        let ends: Bool
    }

    /// What stood right before the first segment in the same stream, then the bytes of all segments.
    let data: Block
    let dictionaryCount: Int
    /// The archive's own bytes between the streams.
    let framing: [UInt8]
    let segments: [Segment]

    init(data: consuming Block, dictionaryCount: Int, framing: [UInt8], segments: [Segment]) {
        self.data = data
        self.dictionaryCount = dictionaryCount
        self.framing = framing
        self.segments = segments
    }
}
