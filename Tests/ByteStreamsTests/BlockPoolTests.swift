import ByteStreams
import Diagnostics
import SystemCalls
import TestSupport
import Testing

@Suite("A block pool")
struct BlockPoolTests {
    /// One thread that takes tasks in order: what was started first waits first, and once a later task has run, all
    /// before it are waiting.
    private let line = ThreadPool(name: "line", width: 1)

    private func everybodyWaits() async { await line.run {} }

    @Test("lends up to its budget and takes everything back")
    func lends() async throws {
        let pool = BlockPool(budget: ByteCount(100))
        do {
            let first = try await pool.lend(60)
            #expect(first.capacity == 60 && first.isEmpty && pool.lentBytes == 60)
            let second = try await pool.lend(40)
            #expect(second.capacity == 40 && pool.lentBytes == 100)
        }
        #expect(pool.lentBytes == 0)
    }

    @Test("refuses a block that could never fit")
    func tooLarge() async {
        let pool = BlockPool(budget: ByteCount(100))
        await #expect(throws: StreamError(kind: .blockBeyondBudget(block: 101, budget: 100))) {
            _ = try await pool.lend(101).capacity
        }
    }

    @Test("makes those who ask wait until enough has come back, in order of asking")
    func order() async throws {
        let pool = BlockPool(budget: ByteCount(100))
        let served = Monitor<[Int]>([])
        try await withThrowingDiscardingTaskGroup { group in
            do {
                let all = try await pool.lend(100)
                for number in 0..<5 {
                    group.addTask(executorPreference: line) {
                        let block = try await pool.lend(80)
                        served.update { $0.append(number) }
                        #expect(block.capacity == 80 && pool.lentBytes <= 100)
                    }
                }
                await everybodyWaits()
                #expect(served.update { $0 } == [])
                #expect(all.capacity == 100)
            }
        }
        #expect(served.update { $0 } == [0, 1, 2, 3, 4])
        #expect(pool.lentBytes == 0)
    }

    @Test("lets nobody overtake, however little they ask for")
    func noOvertaking() async throws {
        let pool = BlockPool(budget: ByteCount(100))
        let served = Monitor<[Int]>([])
        try await withThrowingDiscardingTaskGroup { group in
            do {
                let half = try await pool.lend(50)
                for size in [90, 10] {
                    group.addTask(executorPreference: line) {
                        let block = try await pool.lend(size)
                        served.update { $0.append(block.capacity) }
                    }
                }
                await everybodyWaits()
                #expect(served.update { $0 } == [])
                #expect(half.capacity == 50)
            }
        }
        #expect(served.update { $0 } == [90, 10])
    }

    @Test("ends the waiting of a cancelled task, and serves those behind it")
    func cancelled() async throws {
        let pool = BlockPool(budget: ByteCount(100))
        let half = try await pool.lend(50)
        let outcome = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask(executorPreference: line) {
                do {
                    return try await pool.lend(90).capacity == 0
                } catch is CancellationError {
                    return true
                }
            }
            await everybodyWaits()
            group.cancelAll()
            return try await group.next() ?? false
        }
        #expect(outcome)
        #expect(pool.lentBytes == 50)
        let other = try await pool.lend(50)
        #expect(other.capacity == 50 && half.capacity == 50)
    }

    @Test("serves those behind a cancelled task at once")
    func servedAfterCancelled() async throws {
        let pool = BlockPool(budget: ByteCount(100))
        let half = try await pool.lend(50)
        await withTaskGroup(of: Int?.self) { group in
            let first = Task(executorPreference: line) { try await pool.lend(90).capacity }
            group.addTask(executorPreference: line) { try? await pool.lend(50).capacity }
            await everybodyWaits()
            first.cancel()
            #expect(await group.next() == 50)
            await #expect(throws: CancellationError.self) { try await first.value }
        }
        #expect(half.capacity == 50 && pool.lentBytes == 50)
    }

    @Test("never lends more than its budget and misses no lease, whatever is asked and cancelled", arguments: 1...8)
    func storm(seed: Int) async throws {
        let pool = BlockPool(budget: ByteCount(10_000))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    guard var block = try? await pool.lend(1 + (number * seed * 7919) % 10_000) else { return }
                    #expect(pool.lentBytes <= 10_000)
                    await Task.yield()
                    let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: block.capacity)
                    #expect(block.append(bytes.span) == bytes.count)
                    let same = block.withBytesNow { [UInt8](copying: $0) == bytes }
                    #expect(same)
                }
                if number == 20 * seed { group.cancelAll() }
            }
        }
        #expect(pool.lentBytes == 0)
        #expect(try await pool.lend(10_000).capacity == 10_000)
    }
}

@Suite("A block")
struct BlockTests {
    @Test("takes as much as fits")
    func append() async throws {
        var block = try await BlockPool(budget: ByteCount(10)).lend(10)
        #expect(block.append([1, 2, 3, 4, 5, 6].span) == 6)
        #expect(block.count == 6 && !block.isFull)
        #expect(block.append([7, 8, 9, 10, 11, 12].span) == 4)
        #expect(block.isFull && block.append([1].span) == 0)
        let bytes = block.withBytesNow { [UInt8](copying: $0) }
        #expect(bytes == Array(1...10))
        let again = await block.withBytes { [UInt8](copying: $0) }
        #expect(again == bytes)
        block.removeAll()
        #expect(block.count == 0)
    }

    @Test("keeps what was appended before its filler threw")
    func throwing() async throws {
        var block = try await BlockPool(budget: ByteCount(10)).lend(10)
        do {
            try await block.withFreeSpace { space in
                space.append(7)
                throw BrokenSource.Broken()
            }
        } catch is BrokenSource.Broken {}
        #expect(block.count == 1)
        let bytes = block.withBytesNow { [UInt8](copying: $0) }
        #expect(bytes == [7])
    }
}
