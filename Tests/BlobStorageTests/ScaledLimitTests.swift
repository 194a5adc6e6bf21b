import BlobStorage
import ByteStreams
import Diagnostics
import SystemCalls
import TestSupport
import Testing

@Suite("The longest stream of one blob")
struct ScaledLimitTests {
    /// Four blocks of each size: 64 to 256 bytes, and 28 more of the largest.
    private let schedule = BlockSchedule(smallest: 64, largest: 256, blocks: 40)
    private let limits = StoreLimits(block: 256, blocks: 40, uncommittedBlocks: 80, put: 1 << 20)

    @Test("has a cap that follows from the number of blocks", arguments: [1, 7, 10, 40, 99, 1000])
    func cap(blocks: Int) {
        let schedule = BlockSchedule(smallest: 64, largest: 256, blocks: blocks)
        #expect(schedule.cap == (0..<blocks).reduce(0) { $0 + schedule.size(of: $1) })
    }

    @Test("comes back byte by byte up to the cap", arguments: [-1, 0])
    func upToTheCap(offset: Int) async throws {
        #expect(schedule.cap == 4 * 64 + 4 * 128 + 32 * 256)
        let store = try await TransferRig.freshStore(limits: limits)
        let bytes = TransferRig.bytes(schedule.cap + offset)
        let rig = try TransferRig(over: store, schedule: schedule)
        let staged = try await rig.upload(MemorySource(bytes, step: 100), front: MemorySource([]))
        #expect(staged.blocks.count == 40)
        var sink = MemorySink(limit: 1 << 20)
        try await rig.download(pieces: staged.pieces, into: &sink)
        #expect(sink.bytes == bytes)
    }

    @Test("is refused one byte beyond it, at the end or in front, and nothing is to be seen", arguments: [0, 1])
    func beyondTheCap(inFront: Int) async throws {
        let store = try await TransferRig.freshStore(limits: limits)
        let rig = try TransferRig(over: store, schedule: schedule)
        let back = MemorySource(TransferRig.bytes(schedule.cap + 1 - inFront), step: 100)
        let error = await #expect(throws: TransferError.self) {
            try await rig.upload(back, front: MemorySource(TransferRig.bytes(inFront)))
        }
        #expect(error?.kind == .streamTooLong(cap: schedule.cap) && error?.exitCode == .limit)
        expectClear(error)
        #expect(try await TransferRig.visible(in: store) == nil)
    }

    @Test("is in the documents as the code has it")
    func documents() throws {
        let path = "\(Fixtures.packageRoot)/docs/reference/transfer.md"
        let page = String(decoding: try Files.contents(of: path, limit: 1 << 20), as: UTF8.self)
        let rows = page.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("| ") && $0.contains(" MiB | ") }
        let expected = try [64, 128, 256, 512, 1024, 2048, 4096].map { mebibytes in
            let budget = try TransferBudget(memory: .mebibytes(mebibytes), concurrency: nil)
            let schedule = budget.schedule
            let cells = [
                "\(mebibytes) MiB", "\(schedule.smallest >> 20) MiB", "\(schedule.largest >> 20) MiB",
                ByteCount(schedule.cap).description, "\(budget.concurrency)",
            ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
        #expect(rows.map(String.init) == expected)
    }
}
