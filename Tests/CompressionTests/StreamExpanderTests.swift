import Compression
import Testing

@Suite("Compressed streams, brought back")
struct StreamExpanderTests {
    /// 17,500 times `row` and a line feed, by the programs `zstd` and `lz4`: more than the expander's room.
    static let rows = Array(String(repeating: "row\n", count: 17_500).utf8)
    static let zstd: [UInt8] =
        [40, 181, 47, 253, 164, 112, 17, 1, 0, 101, 0, 0, 32, 114, 111, 119, 10, 1, 0, 105, 17, 231, 142, 8]
        + [103, 109, 4, 247]
    static let lz4: [UInt8] =
        [4, 34, 77, 24, 108, 80, 112, 17, 1, 0, 0, 0, 0, 0, 212, 32, 1, 0, 0, 79, 114, 111, 119, 10, 4, 0]
        + [UInt8](repeating: 255, count: 274) + [102, 80, 10, 114, 111, 119, 10, 0, 0, 0, 0, 237, 205, 203, 203]

    static func deflated(_ wrapper: StreamWrapper) throws -> [UInt8] {
        var output = wrapper.header(.standard)
        var deflater = try PieceDeflater(level: .standard)
        try deflater.deflate(rows.span, after: [UInt8]().span, isLast: true, into: &output)
        return output + StreamSum(rows.span, for: wrapper).trailer
    }

    static func stream(_ method: StreamExpander.Method) throws -> [UInt8] {
        switch method {
        case .zlib: try deflated(.zlib)
        case .gzip: try deflated(.gzip)
        case .lz4: lz4
        case .zstd: zstd
        }
    }

    private func expanded(
        _ stream: [UInt8], by expander: inout StreamExpander, step: Int = .max
    ) throws(CompressionError) -> [UInt8] {
        var output: [UInt8] = []
        var start = 0
        while start < stream.count {
            let end = start + min(step, stream.count - start)
            try expander.expand(stream.span.extracting(start..<end)) { bytes in
                for index in bytes.indices { output.append(bytes[index]) }
            }
            start = end
        }
        return output
    }

    static let methods: [StreamExpander.Method] = [.zlib, .gzip, .lz4, .zstd]

    @Test("are what went in, however they are cut, one after the other", arguments: methods)
    func whole(method: StreamExpander.Method) throws {
        let stream = try Self.stream(method)
        var expander = try StreamExpander(method)
        for step in [1, 7, 100, Int.max] {
            let output = try expanded(stream, by: &expander, step: step)
            #expect(output == Self.rows, "in steps of \(step)")
            let ended = expander.hasEnded
            #expect(ended)
            expander.reset()
        }
    }

    @Test("are what went in where they come out piece by piece", arguments: methods, [1, 100, Int.max])
    func pieces(method: StreamExpander.Method, step: Int) throws {
        let stream = try Self.stream(method)
        var expander = try StreamExpander(method)
        var output: [UInt8] = []
        var start = 0
        var isAtEnd = false
        while !isAtEnd {
            let end = start + min(step, stream.count - start)
            let before = output.count
            let taken = try expander.expandSome(stream.span.extracting(start..<end), into: &output)
            #expect(output.count - before <= 64 << 10)
            start += taken
            isAtEnd = taken == 0 && output.count == before
        }
        #expect(output == Self.rows)
        let ended = expander.hasEnded
        #expect(ended && start == stream.count)
        var kind: CompressionError.Kind?
        do throws(CompressionError) { _ = try expander.expandSome([0].span, into: &output) } catch { kind = error.kind }
        #expect(kind == .beyondEnd)
    }

    @Test("that are cut do not end", arguments: methods)
    func cut(method: StreamExpander.Method) throws {
        let stream = try Self.stream(method)
        var expander = try StreamExpander(method)
        for end in 0..<stream.count {
            _ = try expanded(Array(stream[..<end]), by: &expander)
            let ended = expander.hasEnded
            #expect(!ended, "cut at \(end)")
            expander.reset()
        }
    }

    @Test("are refused with a byte behind their end", arguments: methods)
    func trailing(method: StreamExpander.Method) throws {
        let stream = try Self.stream(method)
        for step in [1, Int.max] {
            var expander = try StreamExpander(method)
            var kind: CompressionError.Kind?
            do throws(CompressionError) { _ = try expanded(stream + [0], by: &expander, step: step) } catch {
                kind = error.kind
            }
            #expect(kind == .beyondEnd)
        }
    }

    @Test("are never taken for whole with a byte changed", arguments: methods)
    func changed(method: StreamExpander.Method) throws {
        let stream = try Self.stream(method)
        for index in stream.indices {
            for bit in 0..<8 as Range<UInt8> {
                var damaged = stream
                damaged[index] ^= 1 << bit
                var expander = try StreamExpander(method)
                var output: [UInt8]?
                do throws(CompressionError) { output = try expanded(damaged, by: &expander) } catch { continue }
                let ended = expander.hasEnded
                #expect(!ended || output == Self.rows, "byte \(index), bit \(bit)")
            }
        }
    }
}
