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
    init<Compressor: PartCompressor & ~Copyable>(
        _ piece: borrowing ArchivePiece, by compressor: inout Compressor
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
                    data.extracting(range), of: segment, after: data.extracting(..<dictionary), by: &compressor)
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

    private mutating func append<Compressor: PartCompressor & ~Copyable>(
        _ data: Span<UInt8>, of segment: ArchivePiece.Segment, after dictionary: Span<UInt8>,
        by compressor: inout Compressor
    ) throws(CompressionError) {
        // A chunk of no bytes would end the stream.
        guard segment.begins || segment.ends || !data.isEmpty else { return }
        let header = bytes.count
        bytes += BlockFraming.chunk(of: 0)
        let start = bytes.count
        try compressor.compress(
            data, after: dictionary, begins: segment.begins, ends: segment.ends, into: &bytes)
        if let wrapper = compressor.wrapper { appendSum(StreamSum(data, for: wrapper), in: segment) }
        let count = bytes.count - start
        bytes.replaceSubrange(header..<start, with: count > 0 ? BlockFraming.chunk(of: count) : [])
    }

    private mutating func appendSum(_ sum: StreamSum, in segment: ArchivePiece.Segment) {
        if !segment.begins { head = (sum, segment.ends ? bytes.count : nil) }
        if segment.ends { bytes += sum.trailer } else if segment.begins { tail = sum }
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
