import BackupModel
import BlobStorage
import Compression
import PostgresFormats

/// Brings back the data of one file of a directory as its pieces pass, and looks at it.
struct FileCheck: PieceSink, ~Copyable {
    private let tally: BlobTally
    private let name: String?
    private var expander: StreamExpander?
    private var text: CopyText?
    private var size = 0
    private var raw = 0
    private var fault: String?
    /// Whether a piece could not be read: nothing can be said of what is behind it.
    private var isLost = false

    /// Bytes after which others may run.
    private static let step = 1 << 20

    /// What was learnt of the file.
    struct Found: Sendable {
        /// `nil` where it is no COPY text, or could not be brought back.
        var rows: Int?
        /// Bytes of data once inflated; `nil` where they could not be.
        var raw: Int?
        /// The first thing that is wrong with it.
        var fault: (kind: VerifyFinding.Kind, text: String)?
    }

    /// - Parameter isCopied: Whether the data is the text of a COPY.
    ///
    /// Throws `CompressionError` if there is no memory.
    init(
        _ tally: BlobTally, compressedBy method: StreamExpander.Method?, isCopied: Bool, name: String?
    ) throws(CompressionError) {
        self.tally = tally
        self.name = name
        if let method { expander = try StreamExpander(method) }
        text = isCopied ? CopyText() : nil
    }

    mutating func take(_ piece: PieceReading, _ bytes: Span<UInt8>) async throws {
        tally.add(piece, place: { [name] in name })
        guard !isLost else { return }
        guard bytes.count == piece.range.count else {
            isLost = true
            return
        }
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Self.step)
            pass(bytes.extracting(start..<end))
            start = end
            await Task.yield()
            try Task.checkCancellation()
        }
    }

    private mutating func pass(_ bytes: Span<UInt8>) {
        size += bytes.count
        guard fault == nil else { return }
        var (text, raw) = (text, raw)
        var failure: CompressionError?
        func see(_ data: Span<UInt8>) {
            text?.consume(data)
            raw += data.count
        }
        if expander == nil {
            see(bytes)
        } else {
            do throws(CompressionError) { try expander?.expand(bytes, see) } catch { failure = error }
        }
        (self.text, self.raw) = (text, raw)
        if let failure { fault = "\(failure.summary), within the first \(size) bytes that are stored" }
    }

    /// What was learnt, once all pieces have passed; `nil` if some could not be read.
    mutating func finish() -> Found? {
        guard !isLost else { return nil }
        // Bytes may still wait for room.
        if expander != nil { pass([UInt8]().span) }
        if fault == nil, let hasEnded = expander?.hasEnded, !hasEnded {
            fault = "the compressed stream ends early, after \(size) bytes"
        }
        if let fault { return Found(fault: (.memberDamaged, fault)) }
        return Found(rows: text?.rows, raw: raw, fault: text?.fault.map { (.rowsUnfinished, $0) })
    }
}

/// Keeps the bytes of a small file as its pieces pass.
struct WholeCheck: PieceSink {
    let tally: BlobTally
    let name: String?
    private(set) var bytes: [UInt8] = []

    init(_ tally: BlobTally, name: String?) {
        self.tally = tally
        self.name = name
    }

    mutating func take(_ piece: PieceReading, _ part: Span<UInt8>) async throws {
        tally.add(piece, place: { [name] in name })
        for index in part.indices { bytes.append(part[index]) }
    }
}
