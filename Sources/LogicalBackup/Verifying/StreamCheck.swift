import BackupModel
import Compression
import PostgresFormats

/// Brings back the data of an archive's members as it passes, and looks at it.
struct StreamCheck: MemberReceiver, ~Copyable {
    /// What was learnt of a member whose end has come.
    struct Found: Sendable {
        var rows: Int?
        /// Bytes of data once inflated; `nil` where it was not.
        var raw: Int?
        /// The first thing that is wrong with it.
        var fault: (kind: VerifyFinding.Kind, text: String)?
    }

    /// The member that has begun and not ended.
    private(set) var current: ArchiveMember?
    private var found = Found()
    private var ended: [DumpID: Found] = [:]

    private let contents: TableOfContents
    private let isCompressed: Bool
    /// Whether a stream may be several frames.
    private let hasFrames: Bool
    private var expander: StreamExpander
    private var text: CopyText?
    private var largeObject: UInt32?
    /// Bytes of the stream, as stored.
    private var streamSize = 0
    private var streamHasFailed = false

    /// Throws `CompressionError` if there is no memory.
    init(_ contents: TableOfContents) throws(CompressionError) {
        self.contents = contents
        let method = contents.header.compression.method
        isCompressed = method != nil
        hasFrames = method == .zstd
        expander = try StreamExpander(method ?? .zlib)
    }

    /// What was learnt of that member; forgotten with that.
    mutating func take(_ dumpID: DumpID) -> Found? { ended.removeValue(forKey: dumpID) }

    /// Forgets the member that has begun: what follows is not its data.
    mutating func abandon() { current = nil }
}

extension StreamCheck {
    mutating func beginMember(_ member: ArchiveMember) {
        current = member
        found = Found(raw: 0)
        // Rows that are written as INSERT statements have no copy statement, and no end mark.
        let isCopied = member.kind == .tableData && contents[member.dumpID]?.copyStatement != nil
        text = isCopied ? CopyText() : nil
        if member.kind == .tableData { beginStream(nil) }
    }

    mutating func beginLargeObject(_ oid: UInt32) { beginStream(oid) }

    private mutating func beginStream(_ oid: UInt32?) {
        largeObject = oid
        (streamSize, streamHasFailed) = (0, false)
        if isCompressed { expander.reset() }
    }

    /// With zstd, another frame may begin with a chunk: pg_restore passes over what stands behind a frame's end up to the
    /// next chunk, and goes on with that.
    mutating func beginChunk() {
        if hasFrames, expander.hasEnded { expander.reset() }
    }

    mutating func receive(_ payload: Span<UInt8>) {
        streamSize += payload.count
        guard !streamHasFailed else { return }
        if isCompressed { expand(payload) } else { pass(payload) }
    }

    mutating func endStream() {
        guard !streamHasFailed, isCompressed else { return }
        // Bytes may still wait for room.
        expand([UInt8]().span)
        if !streamHasFailed, !expander.hasEnded {
            fail("the compressed stream ends early, after \(streamSize) bytes")
        }
    }

    mutating func endMember() {
        guard let member = current else { return }
        if found.fault?.kind == .memberDamaged {
            found.raw = nil
        } else if let text {
            found.rows = text.rows
            if let fault = text.fault { found.fault = (.rowsUnfinished, fault) }
        }
        ended[member.dumpID] = found
        current = nil
    }

    private mutating func pass(_ data: Span<UInt8>) {
        text?.consume(data)
        found.raw = (found.raw ?? 0) + data.count
    }

    private mutating func expand(_ payload: Span<UInt8>) {
        var (text, raw) = (text, found.raw ?? 0)
        var failure: CompressionError?
        do throws(CompressionError) {
            try expander.expand(payload) { data in
                text?.consume(data)
                raw += data.count
            }
        } catch {
            failure = error
        }
        (self.text, found.raw) = (text, raw)
        if let failure { fail("\(failure.summary), within the first \(streamSize) bytes that are stored") }
    }

    private mutating func fail(_ text: String) {
        streamHasFailed = true
        guard found.fault == nil else { return }
        found.fault = (.memberDamaged, largeObject.map { "large object \($0): \(text)" } ?? text)
    }
}

extension ArchiveCompression {
    /// How to bring the data back; `nil` if it is as it is.
    fileprivate var method: StreamExpander.Method? {
        switch self {
        case .none: nil
        case .zlib: .zlib
        case .lz4: .lz4
        case .zstd: .zstd
        }
    }
}
