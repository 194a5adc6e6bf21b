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
        #expect(throws: TransferError(kind: .tooLittleMemory(memory: 8 << 20, aside: 0, threads: 8))) {
            try TransferBudget(memory: .mebibytes(8), concurrency: 8)
        }
    }
}
