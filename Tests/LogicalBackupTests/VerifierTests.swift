import BackupCatalog
import BackupModel
import BlobStorage
import LogicalBackup
import PostgresFormats
import TestSupport
import Testing

@Suite("Verifying")
struct VerifierTests {
    static let archives = ["everything-z0-file.dump", "everything-z6-file.dump", "latin1.dump", "schema-only.dump"]
    static let piped = ["everything-z0-pipe.dump", "everything-z6-pipe.dump"]

    /// Made by pg_dump 17, which can compress by other methods.
    static let otherMethods = [
        "everything-17-lz4-file.dump", "everything-17-lz4-pipe.dump", "everything-17-zstd-file.dump",
        "everything-17-zstd-pipe.dump",
    ]

    private static func index(_ bytes: [UInt8]) throws -> ArchiveIndex {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        return try indexer.finish()
    }

    @Test("finds nothing in what was written", arguments: archives + piped + otherMethods, VerifyLevel.allCases)
    func whole(name: String, level: VerifyLevel) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let set = try await VerifiedSet.make(manifest: bytes, stored: bytes)
        #expect(try await set.verify(level, stretch: .max).report.outcome == .holds)
        let result = try await set.verify(level)
        #expect(result.findings == [])
        #expect(result.report.outcome == .holds)
        #expect(result.report.bytes == (level == .sizes ? 0 : bytes.count))
        guard level == .archive else { return }
        let index = try Self.index(bytes)
        #expect(result.report.members == index.members.count)
        #expect(result.report.largeObjects == index.members.reduce(0) { $0 + $1.largeObjectCount })
    }

    @Test("counts the same rows and bytes, compressed or not, with offsets and a manifest or without")
    func rows() async throws {
        var seen: Set<String> = []
        for name in Self.archives.prefix(2) + Self.piped {
            let bytes = try Fixtures.bytes("archives/\(name)")
            for manifest in [bytes, nil] {
                let result = try await VerifiedSet.make(manifest: manifest, stored: bytes).verify(.archive)
                #expect(result.report.outcome == .holds)
                let members = result.members.map { member in
                    let name = member.member.split(separator: " (")[0]
                    return "\(name) \(member.rows ?? -1) \(member.largeObjects ?? -1) \(member.raw ?? -1)"
                }
                seen.insert(members.sorted().joined(separator: "\n"))
                #expect(result.report.rows > 0 && result.report.raw > 0)
            }
        }
        #expect(seen.count == 1, "\(seen)")
    }

    @Test("says what it cannot check of sets of other origin")
    func foreign() async throws {
        let bytes = try Fixtures.bytes("archives/everything-z6-file.dump")
        let set = try await VerifiedSet.make(manifest: nil, stored: bytes)
        let sizes = try await set.verify(.sizes)
        #expect(sizes.kinds == [.noManifest] && sizes.report.outcome == .unproven)
        let read = try await set.verify(.bytes)
        #expect(read.kinds == [.noManifest, .noDigest] && read.report.outcome == .unproven)
        let parsed = try await set.verify(.archive)
        #expect(parsed.kinds == [.foreign] && parsed.report.outcome == .holds)
        try await set.put(Array("-- no archive\n".utf8), metadata: [:])
        #expect(try await set.verify(.archive).report.outcome == .unproven)
    }

    @Test(
        "knows the second table of contents of a file that was pg_dump's standard output",
        arguments: ["redirected-16.dump", "redirected-18.dump", "redirected-18-statistics.dump"])
    func redirected(name: String) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let set = try await VerifiedSet.make(manifest: nil, stored: bytes)
        for stretch in [300, .max] {
            let result = try await set.verify(.archive, stretch: stretch)
            #expect(result.kinds == [.foreign] && result.report.outcome == .holds, "\(result.findings)")
            #expect(result.report.members == 2 && result.report.rows == 43)
        }
        try await set.put(Array(bytes.dropLast()), metadata: [:])
        #expect(try await set.verify(.archive).report.outcome == .damaged)
    }

    @Test("finds a changed byte wherever it is, with its piece, and its member", arguments: archives)
    func everyRegion(name: String) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let index = try Self.index(bytes)
        let set = try await VerifiedSet.make(manifest: bytes, stored: bytes)
        for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 60)) {
            var damaged = bytes
            damaged[place] ^= 0x10
            try await set.put(damaged)
            for level in [VerifyLevel.bytes, .archive] {
                let result = try await set.verify(level)
                #expect(result.report.outcome == .damaged, "byte \(place)")
                let piece = result.findings.filter { $0.kind == .pieceDamaged }
                #expect(piece.count == 1, "byte \(place)")
                #expect(piece.first?.range?.contains(place) == true, "byte \(place)")
                #expect(piece.first?.range.map { $0.count <= VerifiedSet.pieceSize } == true)
                #expect(result.findings.allSatisfy { !$0.remedy.isEmpty && $0.blob == set.archive.text })
                // All other members are checked nonetheless.
                if level == .archive, place >= index.contents.prefix.count {
                    #expect(result.report.members >= index.members.count - 1, "byte \(place)")
                }
            }
        }
    }

    @Test("finds a changed byte in compressed data without any digest, and names the member")
    func compressedWithoutDigest() async throws {
        let bytes = try Fixtures.bytes("archives/everything-z6-file.dump")
        let index = try Self.index(bytes)
        let set = try await VerifiedSet.make(manifest: nil, stored: bytes)
        for member in index.members {
            // Behind the framing of the block and of its first chunk; for large objects behind the first's number.
            let start = member.offset + (member.kind == .tableData ? 11 : 16)
            let end = member.offset + member.length - (member.kind == .tableData ? 5 : 10)
            // The last byte before the check value may have bits that mean nothing.
            for place in stride(from: start, to: end, by: max(1, (end - start) / 12)) where place != end - 5 {
                var damaged = bytes
                damaged[place] ^= 0x04
                try await set.put(damaged, metadata: [:])
                let result = try await set.verify(.archive)
                #expect(result.report.outcome == .damaged, "byte \(place)")
                let name = try #require(index.contents[member.dumpID]).description
                #expect(result.findings.contains { $0.member == name }, "byte \(place) of \(name)")
                #expect(result.report.members >= index.members.count - 1)
            }
        }
    }

    @Test("finds an archive that was cut, with a manifest or without", arguments: archives.prefix(3) + piped)
    func cut(name: String) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let ours = try await VerifiedSet.make(manifest: bytes, stored: bytes)
        let theirs = try await VerifiedSet.make(manifest: nil, stored: bytes)
        for end in (0..<50).map({ $0 * bytes.count / 50 }) + [bytes.count - 1] {
            let cut = Array(bytes[..<end])
            try await ours.put(cut)
            for level in VerifyLevel.allCases {
                let result = try await ours.verify(level)
                #expect(result.report.outcome == .damaged && result.kinds.contains(.sizeDiffers), "cut at \(end)")
            }
            try await theirs.put(cut, metadata: [:])
            #expect(try await theirs.verify(.archive).report.outcome == .damaged, "cut at \(end)")
        }
    }

    @Test("finds bytes behind the end")
    func trailing() async throws {
        let bytes = try Fixtures.bytes("archives/everything-z6-file.dump")
        for garbage in [[0], [1], [1, 0, 0, 0, 0, 0], Array("garbage".utf8)] as [[UInt8]] {
            let ours = try await VerifiedSet.make(manifest: bytes, stored: bytes + garbage)
            #expect(try await ours.verify(.sizes).kinds == [.sizeDiffers])
            let theirs = try await VerifiedSet.make(manifest: nil, stored: bytes + garbage)
            #expect(try await theirs.verify(.archive).report.outcome == .damaged)
        }
    }

    @Test("never traps, whatever the archive holds, and answers each member once", arguments: 0..<40 as Range<UInt64>)
    func mutations(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let name = try #require((Self.archives.prefix(3) + Self.piped).randomElement(using: &random))
        let bytes = try Fixtures.bytes("archives/\(name)")
        let ours = try await VerifiedSet.make(manifest: bytes, stored: bytes)
        let theirs = try await VerifiedSet.make(manifest: nil, stored: bytes)
        for _ in 0..<6 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: damaged.indices, using: &random)
                let end = min(damaged.count, place + Int.random(in: 1...40, using: &random))
                switch Int.random(in: 0..<4, using: &random) {
                case 0: damaged[place] = .random(in: 0...255, using: &random)
                case 1: damaged.removeSubrange(place..<end)
                case 2: damaged.insert(contentsOf: damaged[place..<end], at: place)
                default: for index in place..<end { damaged[index] = .random(in: 0...255, using: &random) }
                }
            }
            guard damaged != bytes else { continue }
            try await ours.put(damaged)
            let result = try await ours.verify(.archive)
            #expect(result.report.outcome == .damaged, "seed \(seed)")
            try await theirs.put(damaged, metadata: [:])
            let other = try await theirs.verify(.archive)
            #expect(Set(other.members.map(\.member)).count == other.members.count, "seed \(seed)")
        }
    }
}
