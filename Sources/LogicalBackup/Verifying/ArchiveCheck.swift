import BackupCatalog
import BackupModel
import BlobStorage
import PostgresFormats
import SystemCalls

/// The full check of one archive: framing, members and rows, stretches of it at once.
struct ArchiveCheck: Sendable {
    let outline: ArchiveOutline
    let tally: BlobTally
    let reader: PieceReader
    let threads: ThreadPool
    /// In bytes.
    let leastStretch: Int
    let record: VerifyRecord

    private var file: SetInspection.File { tally.file }

    /// What was learnt of a stretch.
    private struct Stretch: Sendable {
        let members: [ArchiveMember]
        let rawSizes: [DumpID: Int]
        let broken: Set<DumpID>
    }

    func run() async throws {
        let stretches = try await withThrowingTaskGroup(of: Stretch.self) { group in
            var waiting = outline.stretches(for: threads.width, least: leastStretch)
            // The first brings the table of contents along, which is compared like all bytes.
            var isFirst = true
            var found: [Stretch] = []
            var running = 0
            while running > 0 || !waiting.isEmpty {
                while running < threads.width, !waiting.isEmpty {
                    let range = waiting.removeFirst()
                    let all = isFirst ? 0..<range.upperBound : range
                    group.addTask(executorPreference: threads) { try await check(range, reading: all) }
                    (isFirst, running) = (false, running + 1)
                }
                if let stretch = try await group.next() { found.append(stretch) }
                running -= 1
            }
            return found
        }
        let raw = stretches.reduce(into: [:]) { $0.merge($1.rawSizes) { first, _ in first } }
        let members = stretches.flatMap(\.members).sorted { $0.offset < $1.offset }
        let broken = stretches.reduce(into: Set()) { $0.formUnion($1.broken) }
        reportMissing(Set(members.map(\.dumpID)).union(broken))
        if let facts = file.facts { compare(members, raw, with: facts) }
        if !tally.isProvable, outline.contents.header.compression == .none {
            add(
                .bytesUnproven, nil,
                "the archive is not compressed and has no digests: a changed byte in a row does not show")
        }
    }

    private func check(_ range: Range<Int>, reading all: Range<Int>) async throws -> Stretch {
        var check = try StretchCheck(range, of: outline, tally: tally, record: record)
        let indices = tally.pieces.indices(holding: all).clamped(to: tally.indices)
        try await reader.read(tally.pieces, in: indices, of: file.blob, tag: file.state.tag, into: &check)
        check.finish()
        return Stretch(members: check.members, rawSizes: check.rawSizes, broken: check.broken)
    }

    private func add(_ kind: VerifyFinding.Kind, _ member: DumpID?, _ text: String, range: Range<Int>? = nil) {
        record.add(
            VerifyFinding(
                kind, blob: file.blob.text, member: member.map { outline.name(of: $0) }, range: range, text))
    }

    // MARK: Completeness

    /// More than this are counted: of an archive that was cut all may be missing.
    private static let mostNamed = 20

    private func reportMissing(_ seen: Set<DumpID>) {
        let missing = outline.contents.filter { $0.dataState.hasData && !seen.contains($0.dumpID) }
        for entry in missing.prefix(Self.mostNamed) {
            add(.memberMissing, entry.dumpID, "the table of contents announces this data, and it was not found")
        }
        guard missing.count > Self.mostNamed else { return }
        add(.memberMissing, nil, "the data of \(missing.count - Self.mostNamed) more members was not found")
    }

    // MARK: The manifest

    private func compare(_ members: [ArchiveMember], _ raw: [DumpID: Int], with facts: Manifest.Database) {
        let contents = outline.contents
        if facts.prefixLength != contents.prefix.count || facts.archiveVersion != contents.header.version.description {
            add(
                .memberDiffers, nil,
                "the archive of version \(contents.header.version) has \(contents.prefix.count) bytes before its data; "
                    + "the manifest says \(facts.archiveVersion) and \(facts.prefixLength)")
        }
        let found = Dictionary(members.map { ($0.dumpID, $0) }, uniquingKeysWith: { first, _ in first })
        for said in facts.members {
            guard let id = Int32(exactly: said.id).flatMap(DumpID.init), contents[id] != nil else {
                add(.memberDiffers, nil, "the manifest names a member \(said.id), which the table of contents lacks")
                continue
            }
            if let member = found[id] { compare(member, raw: raw[id], with: said) }
        }
        let named = Set(facts.members.map(\.id))
        for member in members where !named.contains(Int(member.dumpID.rawValue)) {
            add(
                .memberDiffers, member.dumpID, "the manifest does not name this member",
                range: member.offset..<member.offset + member.length)
        }
    }

    private func compare(_ member: ArchiveMember, raw: Int?, with said: Manifest.Member) {
        let entry = outline.contents[member.dumpID]
        var differences: [String] = []
        func expect(_ what: String, _ found: Int, _ expected: Int) {
            if found != expected { differences.append("\(what) \(found) instead of \(expected)") }
        }
        expect("offset", member.offset, said.offset)
        expect("length", member.length, said.length)
        expect("stored bytes", member.payloadSize, said.stored)
        if let raw, let expected = said.raw { expect("bytes once inflated", raw, expected) }
        if entry?.tag?.string ?? "" != said.tag || entry?.namespace?.string != said.schema
            || entry?.desc?.string ?? "" != said.kind
        {
            differences.append("another name than `\(said.kind) \(said.schema ?? "") \(said.tag)`")
        }
        guard !differences.isEmpty else { return }
        add(
            .memberDiffers, member.dumpID,
            "the member is not what the manifest says: " + differences.joined(separator: ", "),
            range: member.offset..<member.offset + member.length)
    }
}
