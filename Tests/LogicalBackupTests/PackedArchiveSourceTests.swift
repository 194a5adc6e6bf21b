import ByteStreams
import Compression
import Diagnostics
import PostgresFormats
import PostgresTools
import SystemCalls
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("An archive that is compressed on its way")
struct PackedArchiveSourceTests {
    static let archives = [
        "everything-z0-pipe.dump", "everything-z0-file.dump", "everything-16-z0-pipe.dump",
        "everything-18-z0-pipe.dump",
    ]
    /// Pieces of 64 KiB, so that little data makes many.
    private static let budget = PackingBudget(memory: .mebibytes(4), cores: 2)

    private func packed(
        _ bytes: [UInt8], step: Int = .max, pause: Duration? = nil, method: String = "deflate:1", buffer: Int = 5000,
        failing: Bool = false
    ) async throws -> (archive: [UInt8], raw: [DumpID: Int]) {
        let record = ArchiveRecord()
        let method = try #require(DumpCompression(method)?.packing)
        let data = try await PackingLine.run(method: method, budget: Self.budget) { line in
            let source = Chained(SlowSource(MemorySource(bytes, step: step), pause: pause), FailingEnd(fails: failing))
            var archive = try await PackedArchiveSource.make(source, by: line, contentsLimit: 1 << 20, record: record)
            var data: [UInt8] = []
            while true {
                let piece = try await [UInt8].filled(capacity: buffer) { try await archive.read(into: &$0) }
                guard !piece.isEmpty else { return data }
                data += piece
            }
        }
        return (record.index().patchedPrefix() + data, record.rawSizes)
    }

    @Test("is refused if pg_dump compressed it: compressed twice, nobody could read it")
    func compressedAlready() async throws {
        let bytes = try Fixtures.bytes("archives/everything-z6-pipe.dump")
        let error = await #expect(throws: DumpError.self) { _ = try await packed(bytes) }
        #expect(error?.kind == .compressedByTool)
        #expect(error?.exitCode == .toolMismatch)
    }

    static let methods = ["deflate:1", "deflate:6", "zstd:1", "zstd:9", "lz4", "lz4:9"]

    @Test("has the same data in one stream each", arguments: archives, methods)
    func fixtures(name: String, method: String) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        let expected = try Streams.read(bytes)
        let packing = try #require(DumpCompression(method)?.packing)
        let version = expected.index.contents.header.version
        guard packing.firstMajor < 16 || version >= ArchiveVersion(1, 15) else {
            let error = await #expect(throws: DumpError.self) { try await packed(bytes, method: method) }
            #expect(error?.kind == .methodUnknown && error?.exitCode == .toolMismatch)
            #expect(error?.summary.contains("1.14") == true)
            return
        }
        for step in [1, 7, 4096, Int.max] {
            let (archive, raw) = try await packed(bytes, step: step, method: method)
            #expect(try await Streams.read(archive).inflated() == expected.streams)
            #expect(raw == expected.index.payloadSizes)
            let index = try Streams.read(archive).index
            // Since version 1.15 the header says the method only.
            let said = index.contents.header.compression
            switch packing.compression {
            case .zlib(let level): #expect(said == .zlib(level: version < ArchiveVersion(1, 15) ? level : nil))
            case let other: #expect(said == other)
            }
            #expect(index.members.map(\.dumpID) == expected.index.members.map(\.dumpID))
            #expect(index.patchedPrefix() == Array(archive[..<index.contents.prefix.count]))
        }
    }

    /// Sizes of a stream that end before, at and behind the border of a piece.
    static let sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 500_000]

    @Test("is whole where streams end near the borders of pieces", arguments: sizes, ["deflate:1", "zstd:1", "lz4"])
    func borders(size: Int, method: String) async throws {
        let bytes = try Synthetic.archive(sizes: [size, 5, size, 0])
        let expected = try Streams.read(bytes)
        let (archive, _) = try await packed(bytes, step: 30_011, method: method, buffer: 70_000)
        #expect(try await Streams.read(archive).inflated() == expected.streams)
        #expect(expected.streams.contains { $0.bytes.count == size })
        if size == 500_000 { #expect(archive.count < bytes.count / 2) }
    }

    @Test("is whole with more large objects than go into one piece", arguments: ["deflate:1", "zstd:1", "lz4"])
    func manyObjects(method: String) async throws {
        let bytes = try Synthetic.archive(sizes: [10], objects: Array(repeating: 0, count: 30_000) + [70_000, 3])
        let (archive, _) = try await packed(bytes, method: method)
        #expect(try await Streams.read(archive).inflated() == Streams.read(bytes).streams)
    }

    @Test("is refused wherever it is cut", arguments: archives)
    func cut(name: String) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        for end in Array(stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40))) + [bytes.count - 1] {
            await #expect(throws: ArchiveError.self, "cut at \(end) of \(bytes.count)") {
                try await packed(Array(bytes[..<end]))
            }
        }
    }

    @Test("throws what the program underneath throws, even after its last byte", arguments: archives)
    func failingProgram(name: String) async throws {
        let bytes = try Fixtures.bytes("archives/\(name)")
        for good in [0, 10, bytes.count / 2, bytes.count] {
            await #expect(throws: FailingEnd.Failure.self) {
                try await packed(Array(bytes[..<good]), failing: true)
            }
        }
    }

    @Test("waits for a program that is slow to begin and slow in the middle", .timeLimit(.minutes(5)))
    func slow() async throws {
        let bytes = try Synthetic.archive(sizes: [100_000])
        let expected = try Streams.read(bytes)
        let (archive, _) = try await packed(bytes, step: bytes.count / 5, pause: .milliseconds(50))
        #expect(try await Streams.read(archive).inflated() == expected.streams)
    }

    @Test("takes all its memory back", .timeLimit(.minutes(5)))
    func leases() async throws {
        let bytes = try Synthetic.archive(sizes: [3_000_000])
        let record = ArchiveRecord()
        try await PackingLine.run(method: .deflate(.standard), budget: Self.budget) { line in
            do {
                let source = Chained(MemorySource(bytes), FailingEnd(fails: false))
                var archive = try await PackedArchiveSource.make(
                    source, by: line, contentsLimit: 1 << 20, record: record)
                // Left in the middle, with pieces under way.
                _ = try await [UInt8].filled(capacity: 100) { try await archive.read(into: &$0) }
            }
            while line.pool.lentBytes > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(line.pool.peakBytes <= Self.budget.blocks.bytes)
        }
    }
}

@Suite("What compressing takes of the memory")
struct PackingBudgetTests {
    @Test(
        "is a quarter at most, for pieces that are as large as is of use",
        arguments: [
            (256, 2, 2, 1 << 20), (256, 16, 16, 512 << 10), (64, 2, 2, 1 << 20), (8, 2, 2, 64 << 10),
            (64, 64, 41, 64 << 10), (1, 8, 1, 64 << 10),
        ])
    func share(mebibytes: Int, cores: Int, threads: Int, piece: Int) {
        let memory = ByteCount.mebibytes(mebibytes)
        let budget = PackingBudget(memory: memory, cores: cores)
        #expect(budget.threads == threads)
        #expect(budget.pieceSize == piece)
        #expect(budget.memory.bytes == budget.blocks.bytes * 2)
        if mebibytes >= 8 { #expect(budget.memory.bytes <= memory.bytes / 4) }
    }

    @Test("counts what the method takes for each thread", arguments: [(3, 16), (9, 4), (19, 3)])
    func workspace(level: Int, threads: Int) throws {
        let method = PackingMethod.zstd(try #require(ZstdLevel(level)))
        let budget = PackingBudget(memory: .mebibytes(256), cores: 16, method: method)
        #expect(budget.threads == threads)
        #expect(budget.memory.bytes <= 64 << 20)
        #expect(budget.memory.bytes == budget.blocks.bytes * 2 + threads * method.workspace)
    }
}

@Suite("The option for compressing a dump")
struct DumpCompressionTests {
    @Test(
        "is read as it is written, and says who compresses",
        arguments: [
            ("none", "none", "none"), ("deflate", "deflate:3", "none"), ("deflate:9", "deflate:9", "none"),
            ("gzip:6", "deflate:6", "none"), ("pg_dump", "pg_dump:gzip", "gzip"),
            ("pg_dump:6", "pg_dump:gzip:6", "gzip:6"),
            ("pg_dump:zstd:3", "pg_dump:zstd:3", "zstd:3"), ("zstd", "zstd:3", "none"), ("zstd:19", "zstd:19", "none"),
            ("lz4", "lz4:0", "none"), ("lz4:9", "lz4:9", "none"), ("pg_dump:lz4", "pg_dump:lz4", "lz4"),
        ])
    func read(text: String, shown: String, asked: String) throws {
        let compression = try #require(DumpCompression(text))
        #expect(compression.description == shown)
        #expect(DumpCompression(shown) == compression)
        #expect(compression.option.description == asked)
    }

    @Test(
        "is refused if there is no such thing",
        arguments: [
            "", "rar", "deflate:0", "deflate:10", "deflate:", "none:1", "pg_dump:none", "pg_dump:", "zstd:99", "zstd:0",
            "lz4:13",
            "gzip:x", "pg_dump:zstd:99",
        ])
    func refused(text: String) { #expect(DumpCompression(text) == nil) }
}

/// A source without bytes that ends well or throws.
private struct FailingEnd: ByteSource, Sendable {
    struct Failure: Error {}
    let fails: Bool

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        if fails { throw Failure() }
    }
}

/// A source that waits before each read.
private struct SlowSource: ByteSource, Sendable {
    private var source: MemorySource
    private let pause: Duration?

    init(_ source: MemorySource, pause: Duration?) {
        self.source = source
        self.pause = pause
    }

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        if let pause { try await Task.sleep(for: pause) }
        try await source.read(into: &buffer)
    }
}

/// The streams of an archive, without their framing.
private struct Streams: MemberReceiver {
    struct Stream: Equatable {
        let member: DumpID
        let largeObject: UInt32?
        var chunks: [[UInt8]] = []

        var bytes: [UInt8] { chunks.flatMap(\.self) }

        static func == (left: Stream, right: Stream) -> Bool {
            left.member == right.member && left.largeObject == right.largeObject && left.bytes == right.bytes
        }
    }

    private(set) var streams: [Stream] = []
    private var ended: [Bool] = []
    private var member: ArchiveMember?

    static func read(_ archive: [UInt8]) throws -> (
        streams: [Stream], index: ArchiveIndex, inflated: () async throws -> [Stream]
    ) {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        var streams = Streams()
        _ = try indexer.consume(archive.span, into: &streams)
        let index = try indexer.finish()
        #expect(streams.ended.allSatisfy { $0 })
        let found = streams.streams
        let method: StreamExpander.Method =
            switch index.contents.header.compression {
            case .lz4: .lz4
            case .zstd: .zstd
            case .none, .zlib: .zlib
            }
        return (found, index, { try await inflate(found, method: method) })
    }

    private static func inflate(_ streams: [Stream], method: StreamExpander.Method) async throws -> [Stream] {
        var inflated: [Stream] = []
        for stream in streams { inflated.append(try inflate(stream, method: method)) }
        return inflated
    }

    /// As pg_restore does it: a frame of zstd ends where a chunk ends, and another may follow.
    private static func inflate(_ stream: Stream, method: StreamExpander.Method) throws -> Stream {
        var expander = try StreamExpander(method)
        var output: [UInt8] = []
        for chunk in stream.chunks {
            if method == .zstd, expander.hasEnded { expander.reset() }
            try expander.expand(chunk.span) { bytes in
                for index in bytes.indices { output.append(bytes[index]) }
            }
        }
        let hasEnded = expander.hasEnded
        try #require(hasEnded, "the stream has no end")
        return Stream(member: stream.member, largeObject: stream.largeObject, chunks: [output])
    }

    mutating func beginMember(_ member: ArchiveMember) {
        self.member = member
        if member.kind == .tableData { begin(nil) }
    }

    mutating func beginLargeObject(_ oid: UInt32) { begin(oid) }

    private mutating func begin(_ oid: UInt32?) {
        guard let member else { return }
        streams.append(Stream(member: member.dumpID, largeObject: oid))
        ended.append(false)
    }

    mutating func beginChunk() { streams[streams.count - 1].chunks.append([]) }

    mutating func receive(_ payload: Span<UInt8>) {
        let (stream, chunk) = (streams.count - 1, streams[streams.count - 1].chunks.count - 1)
        for index in payload.indices { streams[stream].chunks[chunk].append(payload[index]) }
    }

    mutating func endStream() { ended[ended.count - 1] = true }

    mutating func endMember() { member = nil }
}

/// An uncompressed archive with the table of contents of a real one, and data of chosen sizes.
enum Synthetic {
    /// - Parameters:
    ///   - sizes: Of the tables, in turn.
    ///   - objects: Sizes of the large objects.
    static func archive(sizes: [Int], objects: [Int] = [0, 3, 200_000]) throws -> [UInt8] {
        let fixture = try Streams.read(Fixtures.bytes("archives/everything-18-z0-pipe.dump")).index
        var bytes = fixture.contents.schemaOnlyPrefix()
        for (index, member) in fixture.members.enumerated() {
            bytes += BlockFraming.start(of: member)
            switch member.kind {
            case .tableData: appendStream(of: sizes[index % sizes.count], to: &bytes)
            case .largeObjects:
                for (index, size) in objects.enumerated() {
                    // Those beyond 31 bits are written as if they had a sign.
                    bytes += BlockFraming.start(ofLargeObject: 0x7FFF_FFFE + UInt32(index))
                    appendStream(of: size, to: &bytes)
                }
                bytes += BlockFraming.end
            }
        }
        return bytes
    }

    /// Rows of about 100 bytes, each a chunk.
    private static func appendStream(of size: Int, to bytes: inout [UInt8]) {
        var written = 0
        while written < size {
            let row = Array("\(written)\t\(written &* 2_654_435_761)\tsome text that is the same in each row\n".utf8)
                .prefix(size - written)
            bytes += BlockFraming.chunk(of: row.count) + row
            written += row.count
        }
        bytes += BlockFraming.end
    }
}
