import BlobStorage
import Diagnostics
import Testing

@Suite("Memory and block sizes")
struct BlockScheduleTests {
    @Test(
        "blocks grow, never shrink, and three of the largest fit in memory",
        arguments: [16, 64, 120, 256, 1024, 4096, 65536])
    func growth(mebibytes: Int) {
        let schedule = BlockSchedule(memory: .mebibytes(mebibytes))
        let sizes = stride(from: 0, to: BlobLimits.blocks, by: 100).map(schedule.size(of:))
        #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(sizes[0] == schedule.smallest)
        #expect(sizes.last == schedule.largest)
        #expect(schedule.largest * 3 <= mebibytes << 20)
        #expect(schedule.largest <= BlobLimits.block)
    }

    @Test("the cap is the sum of all blocks")
    func cap() {
        let schedule = BlockSchedule(memory: .mebibytes(256))
        #expect(schedule.cap == (0..<BlobLimits.blocks).reduce(0) { $0 + schedule.size(of: $1) })
        #expect(schedule.cap > 2 << 40)
    }

    @Test("memory that cannot hold the threads and a block is refused with the arithmetic")
    func tooLittle() {
        #expect(throws: TransferError(kind: .tooLittleMemory(memory: 8 << 20, aside: 0, threads: 8, blocks: 1 << 20))) {
            try TransferBudget(memory: .mebibytes(8), concurrency: 8)
        }
    }

    @Test(
        "streams that each keep a block leave one more of the largest in memory, or are refused",
        arguments: [1, 8, 24, 64])
    func streams(count: Int) throws {
        for mebibytes in [2, 3, 9, 16, 99, 256, 1024] {
            for concurrency in [nil, 1, 2] {
                do throws(TransferError) {
                    let budget = try TransferBudget(
                        memory: .mebibytes(mebibytes), concurrency: concurrency, streams: count)
                    #expect(budget.schedule.largest * (count + 1) <= budget.blocks.bytes)
                    #expect(budget.schedule.largest * 3 <= budget.blocks.bytes)
                    #expect(budget.schedule.smallest <= budget.schedule.largest)
                } catch {
                    #expect(mebibytes - (concurrency ?? 1) < max(1, (count + 1 + 15) / 16), "\(mebibytes) MiB")
                }
            }
        }
        #expect(
            throws: TransferError(kind: .tooLittleMemory(memory: 4 << 20, aside: 0, threads: 1, blocks: 65 * 64 << 10))
        ) {
            try TransferBudget(memory: .mebibytes(4), concurrency: nil, streams: 64)
        }
    }
}
