import Testing

@testable import Compression

@Suite("Parts of streams of zstd and lz4")
struct PartCompressorTests {
    static let subjects = DeflateTests.subjects

    /// The parts of a stream of `bytes`, each compressed by itself.
    private func parts<Compressor: PartCompressor & ~Copyable>(
        _ bytes: [UInt8], size: Int, by compressor: inout Compressor
    ) throws -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var start = 0
        repeat {
            let end = min(start + size, bytes.count)
            var part: [UInt8] = [1, 2, 3]
            try compressor.compress(
                bytes.span.extracting(start..<end), after: bytes.span.extracting(..<start), begins: start == 0,
                ends: end == bytes.count, into: &part)
            // What was there stays.
            #expect(part.starts(with: [1, 2, 3]))
            parts.append(Array(part.dropFirst(3)))
            start = end
        } while start < bytes.count
        return parts
    }

    private func expanded(_ stream: [UInt8], by expander: inout StreamExpander) throws(CompressionError) -> [UInt8] {
        var output: [UInt8] = []
        try expander.expand(stream.span) { bytes in
            for index in bytes.indices { output.append(bytes[index]) }
        }
        return output
    }

    @Test("are a zstd frame each", arguments: [1, 3, 9], subjects.indices)
    func zstd(level: Int, subject: Int) throws {
        let bytes = Self.subjects[subject]
        var framer = try ZstdFramer(level: try #require(ZstdLevel(level)))
        var expander = try StreamExpander(.zstd)
        for size in [100, 65_537, 1 << 20] where bytes.count / size < 1000 {
            var output: [UInt8] = []
            for part in try parts(bytes, size: size, by: &framer) {
                expander.reset()
                output += try expanded(part, by: &expander)
                let hasEnded = expander.hasEnded
                #expect(hasEnded)
            }
            #expect(output == bytes)
        }
    }

    @Test("are one lz4 frame together", arguments: [0, 3, 9], subjects.indices)
    func lz4(level: Int, subject: Int) throws {
        let bytes = Self.subjects[subject]
        var packer = try LZ4Packer(level: try #require(LZ4Level(level)))
        var expander = try StreamExpander(.lz4)
        for size in [100, 65_537, 1 << 20] where bytes.count / size < 1000 {
            expander.reset()
            let stream = try parts(bytes, size: size, by: &packer).flatMap(\.self)
            let output = try expanded(stream, by: &expander)
            let hasEnded = expander.hasEnded
            #expect(output == bytes && hasEnded)
        }
    }

    @Test("come to nothing where they are empty in the middle")
    func empty() throws {
        let nothing: [UInt8] = []
        var output: [UInt8] = []
        var framer = try ZstdFramer(level: .standard)
        var packer = try LZ4Packer(level: .standard)
        for begins in [true, false] {
            try framer.compress(nothing.span, after: nothing.span, begins: begins, ends: false, into: &output)
            #expect(output == [])
        }
        try packer.compress(nothing.span, after: nothing.span, begins: false, ends: false, into: &output)
        #expect(output == [])
    }

    @Test("have check values of their own")
    func damage() throws {
        let bytes = Self.subjects[3]
        var framer = try ZstdFramer(level: .standard)
        var packer = try LZ4Packer(level: .standard)
        let streams = [
            (StreamExpander.Method.zstd, try parts(bytes, size: .max, by: &framer).flatMap(\.self)),
            (.lz4, try parts(bytes, size: .max, by: &packer).flatMap(\.self)),
        ]
        for (method, stream) in streams {
            var expander = try StreamExpander(method)
            for place in stride(from: 40, to: stream.count - 8, by: max(1, stream.count / 50)) {
                var damaged = stream
                damaged[place] ^= 0x20
                expander.reset()
                var error: CompressionError?
                do throws(CompressionError) { _ = try expanded(damaged, by: &expander) } catch let caught {
                    error = caught
                }
                #expect(error?.kind == .damaged, "\(method), byte \(place)")
            }
        }
    }

    @Test("take no more memory than is said", arguments: [1, 2, 3, 4, 6, 7, 8, 9, 12, 13, 16, 19, 22])
    func workspace(level: Int) throws {
        let level = try #require(ZstdLevel(level))
        let bytes = Array((0..<100_000).flatMap { Array("\($0 &* 2_654_435_761)\trow\n".utf8) }.prefix(1 << 20))
        var framer = try ZstdFramer(level: level)
        _ = try parts(bytes, size: .max, by: &framer)
        let size = framer.size
        #expect(size <= level.workspace)
    }

    @Test("have levels")
    func levels() {
        #expect(ZstdLevel(0) == nil && ZstdLevel(23) == nil && ZstdLevel(22)?.number == 22)
        #expect(LZ4Level(-1) == nil && LZ4Level(13) == nil && LZ4Level(0) == .standard)
    }
}
