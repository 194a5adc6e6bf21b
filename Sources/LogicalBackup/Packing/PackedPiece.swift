import ByteStreams
import Compression
import PostgresFormats
import SystemCalls

/// A piece as it stands in the archive.
struct PackedPiece: Sendable {
    private(set) var bytes: [UInt8] = []
    /// The part in front of a stream that began in an earlier piece; `place` is where its check value belongs, if it
    /// ends here.
    private var head: (sum: StreamSum, place: Int?)?
    /// The part at the end of a stream that goes on in the next piece, if it began here.
    private var tail: StreamSum?

    /// Compresses a piece: each segment is a chunk.
    init(
        _ piece: borrowing ArchivePiece, level: DeflateLevel, wrapper: StreamWrapper, by deflater: inout PieceDeflater
    ) throws(CompressionError) {
        bytes.reserveCapacity(piece.data.count / 2)
        var framing = 0
        var start = piece.dictionaryCount
        for segment in piece.segments {
            bytes += piece.framing[framing..<segment.framingEnd]
            let range = start..<segment.end
            (framing, start) = (segment.framingEnd, segment.end)
            let dictionary = segment.begins ? 0 : piece.dictionaryCount
            try piece.data.withBytesNow { (data) throws(CompressionError) in
                try append(
                    data.extracting(range), of: segment, after: data.extracting(..<dictionary), level: level,
                    wrapper: wrapper, by: &deflater)
            }
        }
        bytes += piece.framing[framing...]
    }

    /// Frames a piece without compressing it: each segment that has data is a chunk.
    init(framing piece: borrowing ArchivePiece) {
        bytes.reserveCapacity(piece.data.count + piece.framing.count + piece.segments.count * 8)
        var framing = 0
        var start = piece.dictionaryCount
        for segment in piece.segments {
            bytes += piece.framing[framing..<segment.framingEnd]
            let range = start..<segment.end
            (framing, start) = (segment.framingEnd, segment.end)
            guard !range.isEmpty else { continue }
            bytes += BlockFraming.chunk(of: range.count)
            piece.data.withBytesNow { bytes.append(copying: $0.extracting(range)) }
        }
        bytes += piece.framing[framing...]
    }

    private mutating func append(
        _ data: Span<UInt8>, of segment: ArchivePiece.Segment, after dictionary: Span<UInt8>, level: DeflateLevel,
        wrapper: StreamWrapper, by deflater: inout PieceDeflater
    ) throws(CompressionError) {
        // A chunk of no bytes would end the stream.
        guard segment.begins || segment.ends || !data.isEmpty else { return }
        let sum = StreamSum(data, for: wrapper)
        let header = bytes.count
        bytes += BlockFraming.chunk(of: 0)
        let start = bytes.count
        if segment.begins { bytes += wrapper.header(level) }
        if segment.ends || !data.isEmpty {
            try deflater.deflate(data, after: dictionary, isLast: segment.ends, into: &bytes)
        }
        if !segment.begins { head = (sum, segment.ends ? bytes.count : nil) }
        if segment.ends { bytes += sum.trailer } else if segment.begins { tail = sum }
        bytes.replaceSubrange(header..<start, with: BlockFraming.chunk(of: bytes.count - start))
    }

    /// Writes the check value of the stream that ends here after it began in an earlier piece.
    ///
    /// - Parameter running: The check value of the stream that is open; updated.
    mutating func complete(_ running: inout StreamSum) {
        if let head {
            running = running + head.sum
            if let place = head.place {
                let trailer = running.trailer
                bytes.replaceSubrange(place..<place + trailer.count, with: trailer)
            }
        }
        if let tail { running = tail }
    }
}
