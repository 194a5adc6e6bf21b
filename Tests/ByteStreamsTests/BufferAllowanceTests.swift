import ByteStreams
import Testing

@Suite("An allowance of buffers")
struct BufferAllowanceTests {
    @Test("gives what is wanted while there is some, then the least, and what was let go again")
    func grants() {
        let allowance = BufferAllowance(bytes: 100)
        let first = allowance.take(60, least: 10)
        do {
            let second = allowance.take(40, least: 10)
            let third = allowance.take(40, least: 10)
            #expect([first.bytes, second.bytes, third.bytes] == [60, 40, 10])
        }
        let fourth = allowance.take(40, least: 10)
        #expect(fourth.bytes == 40)
    }

    @Test("gives less than the least to who wants less, for nothing")
    func little() {
        let allowance = BufferAllowance(bytes: 8)
        let little = allowance.take(5, least: 10)
        let all = allowance.take(8, least: 1)
        #expect([little.bytes, all.bytes] == [5, 8])
    }
}
