import BlobStorage
import ByteStreams

extension RestoreBatch {
    /// A run of the blob that is read at once, and what of it is wanted.
    struct Read: Sendable, Hashable {
        var range: Range<Int>
        /// In order, apart from each other; the first begins and the last ends with `range`.
        var wanted: [Range<Int>]
    }

    /// What is read of the blob.
    ///
    /// A piece is read whole to be checked, so members that lie in one piece are read at once, with what lies between
    /// them: many small tables, chosen here and there, would cost a piece each.
    func reads(checkedBy pieces: PieceDigests?) -> [Read] {
        ranges.reduce(into: []) { reads, range in
            if let last = reads.last, let pieces, pieces.haveInOnePiece(last.range.upperBound - 1, range.lowerBound) {
                reads[reads.count - 1].range = last.range.lowerBound..<range.upperBound
                reads[reads.count - 1].wanted.append(range)
            } else {
                reads.append(Read(range: range, wanted: [range]))
            }
        }
    }
}

extension PieceDigests {
    fileprivate func haveInOnePiece(_ first: Int, _ second: Int) -> Bool {
        pieces(touching: first..<first + 1).first?.range.contains(second) ?? false
    }
}

/// Hands on what is wanted of a run of bytes, and knows how far the run has come.
struct WantedSink<Sink: ByteSink & ~Copyable>: ~Copyable, ByteSink {
    private(set) var sink: Sink
    /// In the blob, in bytes.
    private(set) var position: Int
    private var wanted: ArraySlice<Range<Int>>

    init(_ sink: consuming Sink, _ read: RestoreBatch.Read) {
        self.sink = sink
        position = read.range.lowerBound
        wanted = read.wanted[...]
    }

    mutating func write(_ bytes: Span<UInt8>) async throws {
        let run = position..<position + bytes.count
        while let next = wanted.first, next.lowerBound < run.upperBound {
            let part = next.clamped(to: run)
            if !part.isEmpty {
                try await sink.write(
                    bytes.extracting(part.lowerBound - run.lowerBound..<part.upperBound - run.lowerBound))
                position = part.upperBound
            }
            guard next.upperBound <= run.upperBound else { break }
            wanted.removeFirst()
        }
        position = run.upperBound
    }
}

extension WantedSink: Sendable where Sink: Sendable & ~Copyable {}
