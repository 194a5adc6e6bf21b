import BackupModel
import BlobStorage
import Compression
import PostgresFormats

/// Checks the members of a stretch of an archive as its pieces pass.
///
/// What is broken does not end it: where the next member should begin it goes on as if it began there.
struct StretchCheck: PieceSink, ~Copyable {
    private let outline: ArchiveOutline
    private let tally: BlobTally
    private let record: VerifyRecord
    private let range: Range<Int>
    private var walker: ArchiveIndexer
    /// Of the walker's members those that are reported.
    private var harvested = 0
    private var streams: StreamCheck
    /// The offset in the archive of the next byte.
    private var position: Int
    /// The next landmark, by its index.
    private var next: Int
    /// Whether what comes cannot be made out until the next landmark.
    private var isLost = false
    /// The members whose data is whole in its framing.
    private(set) var members: [ArchiveMember] = []
    private(set) var rawSizes: [DumpID: Int] = [:]
    /// The members that something was found about.
    private(set) var broken: Set<DumpID> = []

    /// Bytes after which others may run.
    private static let step = 1 << 20

    /// Throws `CompressionError` if there is no memory.
    init(
        _ range: Range<Int>, of outline: ArchiveOutline, tally: BlobTally, record: VerifyRecord
    ) throws(CompressionError) {
        self.outline = outline
        self.tally = tally
        self.record = record
        self.range = range
        walker = ArchiveIndexer(outline.contents, from: range.lowerBound)
        streams = try StreamCheck(outline.contents)
        position = range.lowerBound
        next = outline.nextLandmark(behind: range.lowerBound)
    }

    mutating func take(_ piece: PieceReading, _ bytes: Span<UInt8>) async throws {
        tally.add(piece, place: { [outline] in outline.names(in: piece.range) })
        let part = piece.range.clamped(to: range)
        guard !part.isEmpty else { return }
        guard bytes.count == piece.range.count else { return skip(to: part.upperBound) }
        var start = part.lowerBound - piece.range.lowerBound
        let end = part.upperBound - piece.range.lowerBound
        while start < end {
            let most = min(end, start + Self.step)
            while start < most {
                let count = min(most - start, landmark - position)
                pass(bytes.extracting(start..<start + count))
                start += count
            }
            await Task.yield()
            try Task.checkCancellation()
        }
    }

    /// Where the next member should begin.
    private var landmark: Int { next < outline.landmarks.count ? outline.landmarks[next].offset : .max }

    private mutating func pass(_ bytes: Span<UInt8>) {
        if !isLost {
            do throws(ArchiveError) {
                _ = try walker.consume(bytes, into: &streams)
            } catch {
                lose(error.summary)
            }
            harvest()
        }
        position += bytes.count
        if position == landmark { arrive() }
    }

    /// Goes on behind bytes that could not be read.
    private mutating func skip(to end: Int) {
        if !isLost, let current = streams.current {
            lose("the data of \(outline.name(of: current.dumpID)) could not be read to its end")
        }
        isLost = true
        position = end
        while landmark < end { next += 1 }
        if position == landmark { arrive() }
    }

    private mutating func arrive() {
        if !isLost, !walker.isBetweenMembers { lose("data goes on where another member should begin") }
        if isLost {
            walker = ArchiveIndexer(outline.contents, from: position)
            harvested = 0
            isLost = false
        }
        next += 1
    }

    /// Gives up what comes until the next landmark.
    private mutating func lose(_ text: String) {
        isLost = true
        let member = streams.current
        streams.abandon()
        if let member { broken.insert(member.dumpID) }
        let start = member?.offset ?? position
        let end = max(min(landmark, range.upperBound), start)
        record.add(
            VerifyFinding(
                .archiveDamaged, blob: outline.blob.text, member: member.map { outline.name(of: $0.dumpID) },
                range: start..<end, text))
    }

    /// Reports the members that have ended.
    private mutating func harvest() {
        while harvested < walker.members.count {
            report(walker.members[harvested])
            harvested += 1
        }
    }

    private mutating func report(_ member: ArchiveMember) {
        guard let found = streams.take(member.dumpID) else { return }
        members.append(member)
        rawSizes[member.dumpID] = found.raw
        let name = outline.name(of: member.dumpID)
        let range = member.offset..<member.offset + member.length
        if let fault = found.fault {
            broken.insert(member.dumpID)
            record.add(
                VerifyFinding(fault.kind, blob: outline.blob.text, member: name, range: range, fault.text))
        }
        record.add(
            MemberReport(
                blob: outline.blob.text, member: name, range: range, rows: found.rows,
                largeObjects: member.kind == .largeObjects ? member.largeObjectCount : nil, raw: found.raw,
                holds: found.fault == nil))
    }

    /// Sees whether the stretch ends where a member does, once all its bytes have passed.
    mutating func finish() {
        if !isLost, !walker.isBetweenMembers { lose("the archive ends within this data") }
    }
}
