import Compression
import Testing

@Suite("Pieces of a deflate stream")
struct DeflateTests {
    /// A zlib stream of `bytes`, cut into pieces of `size`, each compressed by itself.
    private func stream(_ bytes: [UInt8], level: DeflateLevel, size: Int) throws -> [UInt8] {
        var output = level.streamHeader
        var sum = Adler32()
        var start = 0
        repeat {
            let end = min(start + size, bytes.count)
            var deflater = try PieceDeflater(level: level)
            try deflater.deflate(
                bytes.span.extracting(start..<end), after: bytes.span.extracting(..<start), isLast: end == bytes.count,
                into: &output)
            sum = sum + Adler32(bytes.span.extracting(start..<end))
            start = end
        } while start < bytes.count
        return output + sum.bytes
    }

    private func inflated(_ stream: [UInt8], step: Int = 1000) throws -> (bytes: [UInt8], ended: Bool) {
        var expander = try StreamExpander(.zlib)
        var output: [UInt8] = []
        for start in stride(from: 0, to: stream.count, by: step) {
            try expander.expand(stream.span.extracting(start..<min(start + step, stream.count))) { bytes in
                for index in bytes.indices { output.append(bytes[index]) }
            }
        }
        return (output, expander.hasEnded)
    }

    static let subjects: [[UInt8]] = {
        var numbers = SystemRandomNumberGenerator()
        let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        let rows = (0..<8000).flatMap { Array("\($0)\trow \($0 % 97)\t2026-11-21\t\\N\n".utf8) }
        return [[], [7], Array("\\.\n\n\n".utf8), rows, noise, [UInt8](repeating: 0, count: 300_000)]
    }()

    @Test("are one zlib stream, put one behind the other", arguments: [1, 2, 3, 6, 9], subjects.indices)
    func roundTrip(level: Int, subject: Int) throws {
        let bytes = Self.subjects[subject]
        let level = try #require(DeflateLevel(level))
        for size in [65_537] {
            let back = try inflated(stream(bytes, level: level, size: size), step: 100_000)
            #expect(back.ended)
            #expect(back.bytes == bytes)
        }
    }

    @Test("shrink because of what stood before them")
    func dictionary() throws {
        let bytes = Self.subjects[3]
        var deflater = try PieceDeflater(level: .standard)
        let half = bytes.span.extracting(last: 2000)
        var alone: [UInt8] = []
        try deflater.deflate(half, after: [UInt8]().span, isLast: true, into: &alone)
        var behind: [UInt8] = []
        try deflater.deflate(half, after: bytes.span.extracting(droppingLast: 2000), isLast: true, into: &behind)
        #expect(behind.count < alone.count)
    }

    @Test("a stream that is cut does not end, and a damaged one is refused")
    func damage() throws {
        let whole = try stream(Self.subjects[3], level: .standard, size: 10_000)
        #expect(try !inflated(Array(whole.dropLast())).ended)
        var damaged = whole
        damaged[damaged.count - 1] ^= 1
        let error = #expect(throws: CompressionError.self) { try inflated(damaged) }
        #expect(error?.kind == .damaged)
    }

    @Test("check values are those of zlib, and combine")
    func adler() {
        let text = Array("Wikipedia".utf8)
        #expect(Adler32(text.span).bytes == [0x11, 0xE6, 0x03, 0x98])
        #expect(Adler32(text.span.extracting(..<4)) + Adler32(text.span.extracting(4...)) == Adler32(text.span))
        #expect(Adler32() + Adler32(text.span) == Adler32(text.span))
    }

    @Test("check values of gzip are those of gzip, and combine")
    func crc() {
        let text = Array("123456789".utf8)
        #expect(CRC32(text.span).value == 0xCBF4_3926)
        #expect(CRC32(text.span.extracting(..<4)) + CRC32(text.span.extracting(4...)) == CRC32(text.span))
        #expect(CRC32() + CRC32(text.span) == CRC32(text.span))
        #expect(StreamSum(text.span, for: .gzip).trailer == [0x26, 0x39, 0xF4, 0xCB, 9, 0, 0, 0])
        #expect(StreamSum(.gzip) + StreamSum(text.span, for: .gzip) == StreamSum(text.span, for: .gzip))
    }

    @Test("there are nine levels")
    func levels() {
        #expect(DeflateLevel(0) == nil)
        #expect(DeflateLevel(10) == nil)
        for level in DeflateLevel.all {
            let header = DeflateLevel(level)?.streamHeader ?? []
            #expect((Int(header[0]) << 8 + Int(header[1])) % 31 == 0)
        }
    }
}

extension [UInt8] {
    /// What `body` writes into as much room.
    fileprivate init(capacity: Int, _ body: (inout OutputSpan<UInt8>) throws -> Void) throws {
        var bytes = [UInt8](repeating: 0, count: capacity)
        let count = unsafe try bytes.withUnsafeMutableBufferPointer { buffer in
            var span = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
            try body(&span)
            return unsafe span.finalize(for: buffer)
        }
        self = Array(bytes.prefix(count))
    }
}
