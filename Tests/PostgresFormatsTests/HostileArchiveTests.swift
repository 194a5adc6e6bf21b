import PostgresFormats
import TestSupport
import Testing

@Suite("Hostile archives")
struct HostileArchiveTests {
    /// Each seed damages each archive of each version a few times: some 5,000 archives in all.
    @Test("are refused or understood, never a trap", arguments: 0..<60 as Range<UInt64>)
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for original in try Self.originals() {
            for _ in 0..<6 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...4, using: &random) { Self.damage(&bytes, using: &random) }
                check(bytes, seed: seed, piece: Int.random(in: 1...5000, using: &random))
            }
        }
    }

    /// Whatever is called whole must be consistent in itself.
    private func check(_ bytes: [UInt8], seed: UInt64, piece: Int) {
        do throws(ArchiveError) {
            let index = try indexed(bytes, piece: { piece })
            let end = index.members.reduce(index.contents.prefix.count) { $0 == $1.offset ? $0 + $1.length : -1 }
            // Behind the data nothing stands, or the table of contents once more.
            #expect(end == bytes.count || end > 0 && bytes[end] == 0, "seed \(seed)")
            #expect(index.archiveSize == bytes.count, "seed \(seed)")
            #expect(index.patchedPrefix().count == index.contents.prefix.count, "seed \(seed)")
            #expect(index.contents.allSatisfy { !$0.description.contains("\n") }, "seed \(seed)")
            _ = try? index.contents.inDependencyOrder()
        } catch {
            check(error, in: bytes, seed: seed)
        }
        do throws(ArchiveError) {
            let reading = try TableOfContents.parse(
                prefix: bytes[...], archiveSize: bytes.count, maximumPrefixSize: amplePrefix)
            guard case .complete = reading else {
                Issue.record("all bytes are there and more are wanted, seed \(seed)")
                return
            }
        } catch {
            check(error, in: bytes, seed: seed)
        }
    }

    /// Says where, in one line that the archive cannot make longer or break, and fits what has been found.
    private func check(_ error: ArchiveError, in bytes: [UInt8], seed: UInt64) {
        #expect(error.position.map { 0...bytes.count ~= $0 } ?? true, "seed \(seed)")
        #expect(error.summary.count < 500, "seed \(seed)")
        #expect(!error.summary.unicodeScalars.contains { $0.properties.generalCategory == .control }, "seed \(seed)")
        // What is no archive at all must not be called a damaged one: the remedies differ.
        let isOurs = bytes.starts(with: Array("PGDMP".utf8))
        if isOurs, error.kind == .notCustom { #expect(bytes.count > 10 && bytes[10] != 1, "seed \(seed)") }
        #expect((error.kind == .empty) == bytes.isEmpty, "seed \(seed)")
        if !isOurs, bytes.count >= 5 { #expect(error.kind == .notCustom, "seed \(seed)") }
    }

    private static func originals() throws -> [[UInt8]] {
        let names = [
            "latin1.dump", "schema-only.dump", "everything-z6-pipe.dump", "everything-z6-file.dump",
            "redirected-18-statistics.dump",
        ]
        let fixtures = try names.map { try Fixture($0) }
        let index = try fixtures[0].index()
        return fixtures.map(\.bytes)
            + ([12, 13, 14, 15, 16] as [UInt8]).flatMap { minor in
                var encoder = ArchiveEncoder(index.contents, version: ArchiveVersion(1, minor))
                encoder.data = Array(fixtures[0].bytes[index.contents.prefix.count...])
                return [encoder.encoded(), encoder.encoded() + encoder.data]
            }
    }

    private static func damage(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: bytes.indices, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
        switch Int.random(in: 0..<7, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2: bytes.removeSubrange(place...)
        case 3: bytes.removeSubrange(place..<end)
        case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 5:
            let numbers: [Int32] = [.max, .min, -1, 0, 1, 0x7FFF_FFF0, 1 << 30, 1 << 20]
            let number = ArchiveEncoder.integer(numbers.randomElement(using: &random) ?? 0)
            bytes.replaceSubrange(place..<min(bytes.count, place + 5), with: number)
        default: for index in place..<end { bytes[index] = UInt8.random(in: 0...255, using: &random) }
        }
    }
}
