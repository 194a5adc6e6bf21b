import ByteStreams
import Diagnostics
import SystemCalls
import TestSupport
import Testing

@Suite("A block reader")
struct BlockReaderTests {
    private func cut(_ count: Int, step: Int, sizes: @escaping @Sendable (Int) -> Int) async throws -> [[UInt8]] {
        let pool = BlockPool(budget: ByteCount(1000))
        var reader = BlockReader(
            MemorySource((0..<count).map { UInt8(truncatingIfNeeded: $0) }, step: step), pool: pool, size: sizes)
        var blocks: [[UInt8]] = []
        while let block = try await reader.next() { blocks.append(block.withBytesNow { [UInt8](copying: $0) }) }
        #expect(reader.position == count)
        #expect(pool.lentBytes == 0)
        return blocks
    }

    @Test("cuts a source into full blocks and a rest, whatever its pieces", arguments: [1, 3, 7, 100])
    func cuts(step: Int) async throws {
        let blocks = try await cut(25, step: step) { _ in 10 }
        #expect(blocks.map(\.count) == [10, 10, 5])
        #expect(blocks.flatMap(\.self) == (0..<25).map { UInt8($0) })
    }

    @Test("ends without an empty block when the source ends at a border")
    func border() async throws {
        #expect(try await cut(20, step: 100) { _ in 10 }.map(\.count) == [10, 10])
        #expect(try await cut(0, step: 100) { _ in 10 }.isEmpty)
    }

    @Test("asks for the size of each block")
    func growing() async throws {
        #expect(try await cut(10, step: 100) { $0 + 1 }.map(\.count) == [1, 2, 3, 4])
    }

    @Test("passes on what the source throws, and gives the unfinished block back")
    func broken() async throws {
        let pool = BlockPool(budget: ByteCount(100_000))
        var reader = BlockReader(BrokenSource(after: 15_000), pool: pool) { _ in 10_000 }
        let first = try await reader.next()?.count
        #expect(first == 10_000)
        do {
            _ = try await reader.next()?.count
            Issue.record("the broken source was read to its end")
        } catch is BrokenSource.Broken {}
        #expect(pool.lentBytes == 0)
        #expect(reader.position == 10_000)
    }
}

@Suite("Sources and sinks")
struct SourceTests {
    @Test("a memory source hands out pieces of at most its step", arguments: [1, 2, 5, 100])
    func memory(step: Int) async throws {
        var source = MemorySource(Array(0..<12), step: step)
        var all: [UInt8] = []
        while true {
            let piece = try await [UInt8].filled(capacity: 5) { try await source.read(into: &$0) }
            guard !piece.isEmpty else { break }
            #expect(piece.count <= min(step, 5))
            all += piece
        }
        #expect(all == Array(0..<12))
    }

    @Test("a piece is whole although the source hands out less, and takes nothing beyond it")
    func piece() async throws {
        var source = MemorySource(Array(0..<10), step: 3)
        #expect(try await source.piece(of: 4) == [0, 1, 2, 3])
        #expect(try await source.piece(of: 4) == [4, 5, 6, 7])
        #expect(try await source.piece(of: 4) == [8, 9])
        #expect(try await source.piece(of: 4) == [])
    }

    @Test("collecting more than the source has is an early end")
    func collect() async throws {
        var source = MemorySource([1, 2, 3])
        #expect(try await source.collect(2) == [1, 2])
        do {
            _ = try await source.collect(2)
            Issue.record("a byte came from nowhere")
        } catch let error as StreamError {
            #expect(error.kind == .endedEarly(expected: 2, received: 1))
            #expect(error.exitCode == .integrity)
        }
    }

    @Test("collecting a length that was only promised needs no memory for it")
    func promised() async throws {
        var source = MemorySource([1])
        do {
            _ = try await source.collect(Int.max)
            Issue.record("a byte came from nowhere")
        } catch let error as StreamError {
            #expect(error.kind == .endedEarly(expected: .max, received: 1))
        }
    }

    @Test("a memory sink takes up to its limit")
    func sink() async throws {
        var sink = MemorySink(limit: 3)
        try await sink.write([1, 2].span)
        do {
            try await sink.write([3, 4].span)
            Issue.record("the limit was passed")
        } catch let error as StreamError {
            #expect(error.kind == .tooLong(limit: 3))
        }
        #expect(sink.bytes == [1, 2])
    }

    @Test("what is written to one end of a pipe is read from the other, to the end")
    func pipe() async throws {
        let threads = ThreadPool(name: "pipe", width: 2)
        var ends = try Pipe().split()
        guard let reading = ends.reading.take(), let writing = ends.writing.take() else { return }
        let bytes = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        var sink = try DescriptorSink(writing, on: threads)
        var source = DescriptorSource(reading, on: threads)
        try await sink.write(bytes.span)
        try sink.close()
        #expect(try await source.collect(60_000) == bytes)
        #expect(try await source.piece(of: 1) == [])
    }

    @Test("a wait for a pipe on which nobody writes ends with its task", .timeLimit(.minutes(5)))
    func cancelledWait() async throws {
        var ends = try Pipe().split()
        guard let reading = ends.reading.take() else { return }
        let box = Handover(DescriptorSource(reading, on: ThreadPool(name: "input", width: 1)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var source = box.take()
                await #expect(throws: CancellationError.self) {
                    _ = try await [UInt8].filled(capacity: 1) { try await source.read(into: &$0) }
                }
            }
            try await Task.sleep(for: .milliseconds(20))
            group.cancelAll()
            try await group.waitForAll()
        }
        _ = ends.writing.take()
    }
}
