import BackupCatalog
import BackupModel
import BlobStorage
import Compression
import HTTPMessages
import LogicalBackup
import PostgresFormats
import Synchronization
import TestSupport
import Testing

@Suite("What verifying finds")
struct VerifierFindingTests {
    private static func fixture(
        _ name: String = "everything-z6-file.dump"
    ) throws -> (bytes: [UInt8], index: ArchiveIndex) {
        let bytes = try Fixtures.bytes("archives/\(name)")
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        return (bytes, try indexer.finish())
    }

    /// The block of one member, said anew.
    private static func table(_ member: ArchiveMember, _ data: [UInt8]) -> [UInt8] {
        BlockFraming.start(of: member) + BlockFraming.chunk(of: data.count) + data + BlockFraming.end
    }

    @Test("a check value that is not that of the data")
    func adler() async throws {
        let (bytes, index) = try Self.fixture()
        let set = try await VerifiedSet.make(manifest: nil, stored: bytes)
        for member in index.members where member.kind == .tableData {
            var damaged = bytes
            // Before the empty chunk that ends the data.
            damaged[member.offset + member.length - 6] ^= 1
            try await set.put(damaged, metadata: [:])
            let result = try await set.verify(.archive)
            #expect(result.kinds.subtracting([.foreign]) == [.memberDamaged])
            let finding = try #require(result.findings.first { $0.kind == .memberDamaged })
            #expect(finding.range == member.offset..<member.offset + member.length)
            #expect(result.members.filter { !$0.holds }.map(\.member) == [finding.member])
        }
    }

    @Test("rows without an end mark, in a file whose bytes are what the manifest says")
    func rows() async throws {
        let (bytes, index) = try Self.fixture("everything-z0-file.dump")
        let mark = Array("\\.\n\n\n".utf8)
        for member in index.members where member.kind == .tableData {
            var damaged = bytes
            let block = member.offset..<member.offset + member.length
            let place = try #require(bytes[block].firstRange(of: mark))
            damaged[place.lowerBound] = UInt8(ascii: "x")
            let result = try await VerifiedSet.make(manifest: damaged, stored: damaged).verify(.archive)
            #expect(result.kinds == [.rowsUnfinished] && result.report.outcome == .damaged)
            #expect(result.findings.first?.range == block)
            // The levels below cannot know.
            let set = try await VerifiedSet.make(manifest: damaged, stored: damaged)
            #expect(try await set.verify(.bytes).report.outcome == .holds)
        }
    }

    @Test("members that are not where and what the manifest says")
    func members() async throws {
        let (bytes, index) = try Self.fixture("everything-z0-pipe.dump")
        let last = try #require(index.members.last { $0.kind == .tableData })
        let others = index.members.filter { $0 != last }
        // The same members in another order: whole by itself, and not what was written.
        let moved =
            bytes[..<index.contents.prefix.count] + bytes[last.offset..<last.offset + last.length]
            + others.flatMap { bytes[$0.offset..<$0.offset + $0.length] }
        let set = try await VerifiedSet.make(manifest: bytes, stored: Array(moved))
        let result = try await set.verify(.archive)
        #expect(result.kinds.contains(.memberDiffers) || result.kinds.contains(.archiveDamaged))
        #expect(result.kinds.contains(.pieceDamaged))
        let foreign = try await VerifiedSet.make(manifest: nil, stored: Array(moved)).verify(.archive)
        #expect(foreign.report.outcome == .holds)
        // One that is missing.
        let without = Array(bytes[..<last.offset] + bytes[(last.offset + last.length)...])
        let missing = try await VerifiedSet.make(manifest: nil, stored: without).verify(.archive)
        #expect(missing.kinds.contains(.memberMissing) && missing.report.outcome == .damaged)
        #expect(missing.findings.contains { $0.member == index.contents[last.dumpID]?.description })
    }

    @Test("bytes behind the end of a compressed stream, and a stream without one")
    func streams() async throws {
        let (bytes, index) = try Self.fixture("everything-z6-pipe.dump")
        let member = try #require(index.members.last { $0.kind == .tableData })
        let block = bytes[member.offset..<member.offset + member.length]
        // A block of one chunk: type and number, length, bytes, end.
        let stream = Array(block.dropFirst(11).dropLast(5))
        for data in [stream + [0], Array(stream.dropLast())] {
            let changed = bytes[..<member.offset] + Self.table(member, data) + bytes[(member.offset + member.length)...]
            let result = try await VerifiedSet.make(manifest: nil, stored: Array(changed)).verify(.archive)
            #expect(result.kinds == [.foreign, .memberDamaged])
        }
    }

    /// A row and the end mark, as one frame of lz4 and of zstd, by the programs of those names.
    private static let frames: [(method: UInt8, bytes: [UInt8])] = [
        (
            2,
            [
                4, 34, 77, 24, 96, 64, 130, 13, 0, 0, 128, 111, 110, 101, 32, 114, 111, 119, 10, 92, 46, 10, 10, 10, 0,
                0, 0, 0,
            ]
        ),
        (
            3,
            [
                40, 181, 47, 253, 4, 88, 105, 0, 0, 111, 110, 101, 32, 114, 111, 119, 10, 92, 46, 10, 10, 10, 182, 225,
                177, 228,
            ]
        ),
    ]

    /// An archive of version 1.15, whose header can say those methods, with the same frame for each table.
    private static func archive(method: UInt8, frame: [UInt8]) throws -> [UInt8] {
        let (bytes, index) = try fixture("everything-z0-pipe.dump")
        // Minor version 15; from then on the compression is a byte, and was an integer of five.
        var archive = bytes[..<6] + [15] + bytes[7..<11] + [method] + bytes[16..<index.contents.prefix.count]
        for member in index.members {
            archive +=
                member.kind == .tableData ? table(member, frame) : BlockFraming.start(of: member) + BlockFraming.end
        }
        return Array(archive)
    }

    @Test("nothing in archives compressed with lz4 and zstd, and everything in damaged ones", arguments: frames.indices)
    func otherMethods(index: Int) async throws {
        let (method, frame) = Self.frames[index]
        let whole = try await VerifiedSet.make(manifest: nil, stored: Self.archive(method: method, frame: frame))
            .verify(.archive)
        #expect(whole.kinds == [.foreign])
        let tables = whole.members.count { $0.rows != nil }
        #expect(whole.report.rows == tables && whole.report.raw == 13 * tables && tables > 3)
        for damaged in [Array(frame.dropLast()), frame + [0], [], Array(frame.dropFirst())] where !damaged.isEmpty {
            let archive = try Self.archive(method: method, frame: damaged)
            let result = try await VerifiedSet.make(manifest: nil, stored: archive).verify(.archive)
            #expect(result.kinds == [.foreign, .memberDamaged])
            #expect(result.findings.count { $0.kind == .memberDamaged } == tables)
        }
    }

    @Test("two frames of zstd in one chunk, of which pg_restore would read the first, and nothing in two chunks")
    func severalFrames() async throws {
        func verified(_ method: UInt8, _ chunks: [[UInt8]]) async throws -> VerifiedSet.Result {
            let (archive, index) = try Self.fixture("everything-z0-pipe.dump")
            var bytes = archive[..<6] + [15] + archive[7..<11] + [method] + archive[16..<index.contents.prefix.count]
            for member in index.members {
                bytes += BlockFraming.start(of: member)
                if member.kind == .tableData {
                    bytes += chunks.flatMap { BlockFraming.chunk(of: $0.count) + $0 }
                }
                bytes += BlockFraming.end
            }
            return try await VerifiedSet.make(manifest: nil, stored: Array(bytes)).verify(.archive)
        }
        let row = Array("one row\n".utf8)
        let end = Array("\\.\n\n\n".utf8)
        var framer = try ZstdFramer(level: .standard)
        var (first, last): ([UInt8], [UInt8]) = ([], [])
        try framer.compress(row.span, after: row.span.extracting(..<0), begins: true, ends: false, into: &first)
        try framer.compress(end.span, after: row.span, begins: false, ends: true, into: &last)
        let apart = try await verified(3, [first, Array(last[..<5]), Array(last[5...])])
        #expect(apart.kinds == [.foreign] && apart.report.rows > 3)
        #expect(try await verified(3, [first + last]).kinds == [.foreign, .memberDamaged])
        #expect(try await verified(3, [first, Array(last.dropLast())]).kinds == [.foreign, .memberDamaged])
        let lz4 = Self.frames[0].bytes
        #expect(try await verified(2, [lz4, lz4]).kinds == [.foreign, .memberDamaged])
    }

    @Test("marker and manifest that are missing, damaged, replaced")
    func setFaults() async throws {
        let (bytes, _) = try Self.fixture()
        func verified(_ level: VerifyLevel = .archive, _ change: (VerifiedSet) async throws -> Void) async throws
            -> VerifiedSet.Result
        {
            let set = try await VerifiedSet.make(manifest: bytes, stored: bytes)
            try await change(set)
            return try await set.verify(level)
        }
        let noMarker = try await verified { try await $0.remove(.marker) }
        #expect(noMarker.kinds == [.markerMissing] && noMarker.report.outcome == .missing)
        // The manifest is believed for want of anything against it.
        #expect(noMarker.report.members > 0)
        let noManifest = try await verified { try await $0.remove(.manifest) }
        #expect(noManifest.kinds.contains(.manifestMissing) && noManifest.report.outcome == .missing)
        #expect(noManifest.report.members > 0, "the archive is checked by itself")
        let badMarker = try await verified(.sizes) { try await $0.put([1, 2, 3], as: .marker) }
        #expect(badMarker.kinds == [.markerUnreadable] && badMarker.report.outcome == .damaged)
        let replaced = try await verified(.sizes) { set in
            let blob = try set.catalog.layout.blob(of: .manifest, of: set.name)
            try await set.put(set.store.contents(of: blob, limit: 1 << 20).bytes + [32], as: .manifest)
        }
        #expect(replaced.kinds == [.manifestReplaced] && replaced.report.outcome == .damaged)
        let noArchive = try await verified { try await $0.remove(.database("db")) }
        #expect(noArchive.kinds == [.blobMissing] && noArchive.report.outcome == .missing)
        let more = try await verified { try await $0.put([1], as: .database("other")) }
        #expect(more.kinds == [.blobUnnamed] && more.report.outcome == .holds)
    }

    @Test("a CRC-64 or SHA-256 in the metadata that is not that of the bytes")
    func metadata() async throws {
        let (bytes, _) = try Self.fixture()
        for (name, value) in [
            (BlobSum.metadataName, String(repeating: "0", count: 16)),
            (BlobDigest.metadataName, "65536-" + String(repeating: "0", count: 64)),
        ] {
            for manifest in [bytes, nil] {
                let set = try await VerifiedSet.make(manifest: manifest, stored: bytes)
                let mark = manifest == nil ? [:] : PartMark.metadata(of: .database("db"))
                try await set.put(bytes, metadata: mark.merging([name: value]) { $1 })
                // The manifest's own digests count where there are any; its CRC-64 is compared in any case.
                guard manifest == nil || name == BlobSum.metadataName else { continue }
                // By one reader, by one parser, and by several parsers of stretches.
                for (level, stretch) in [(VerifyLevel.bytes, 300), (.archive, .max), (.archive, 300)] {
                    let result = try await set.verify(level, stretch: stretch)
                    #expect(result.kinds.contains(.digestDiffers) && result.report.outcome == .damaged, "\(name)")
                }
            }
        }
        let set = try await VerifiedSet.make(manifest: nil, stored: bytes)
        try await set.put(bytes, metadata: [BlobSum.metadataName: BlobSum(bytes.span).text])
        #expect(try await set.verify(.bytes).kinds == [.noManifest])
        #expect(try await set.verify(.archive).kinds == [.foreign])
    }

    @Test("a blob that is written anew meanwhile")
    func changed() async throws {
        let (bytes, _) = try Self.fixture()
        let set = try await VerifiedSet.make(manifest: bytes, stored: bytes)
        let isFirst = Mutex(true)
        let store = FaultyStore(set.store, plan: FaultPlan(target: nil, fault: .before)) { operation, _ in
            let isDue = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            if operation == .read, isDue { try? await set.put(bytes) }
        }
        for level in [VerifyLevel.bytes, .archive] {
            isFirst.withLock { $0 = true }
            let result = try await set.verify(level, reading: store)
            #expect(result.kinds == [.blobChanged] && result.report.outcome == .damaged)
        }
    }

    @Test("nothing, and says nothing, when it is cancelled at any request")
    func cancelled() async throws {
        let (bytes, _) = try Self.fixture()
        let set = try await VerifiedSet.make(manifest: bytes, stored: bytes)
        for level in [VerifyLevel.bytes, .archive] {
            for request in [0, 1, 5] {
                let canceller = Canceller()
                let left = Mutex(request)
                let store = FaultyStore(set.store, plan: FaultPlan(target: nil, fault: .before)) { _, _ in
                    let isDue = left.withLock { left in
                        left -= 1
                        return left < 0
                    }
                    if isDue { canceller.cancel() }
                }
                let ended = await canceller.run { _ = try await set.verify(level, reading: store) }
                #expect(throws: CancellationError.self) { try ended.get() }
            }
        }
    }

    @Test("no success where the store fails or the task is cancelled, at any request", .tags(.faults))
    func faults() async throws {
        let (bytes, _) = try Self.fixture()
        let original = try await VerifiedSet.make(manifest: bytes, stored: bytes)
        let calls = try await everyFailurePoint(
            [.refused(.unreachable), .refused(.notAuthorized), .cancelled],
            in: { FaultyStore(original.store, plan: FaultPlan(target: nil, fault: .before)) }
        ) { store in
            let result = try await original.verify(.archive, reading: store)
            try #require(result.report.outcome == .holds)
        } check: { _, _, error in
            #expect(error != nil)
        }
        #expect(calls > 3)
    }
}
