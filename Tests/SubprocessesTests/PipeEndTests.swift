import SystemCalls
import Testing

@testable import Subprocesses

@Suite("Our end of a pipe")
struct PipeEndTests {
    @Test(
        "waits for more only where the pipe is large: a full one would hold up the child",
        arguments: [4096, 65536, 1 << 20])
    func worthwhile(capacity: Int) throws {
        let pipe = try Pipe()
        let reading = try pipe.reading.duplicate()
        let writing = try pipe.writing.duplicate()
        writing.enlargePipe(to: capacity)
        #expect(reading.pipeCapacity == capacity)
        let end = try PipeEnd(reading, threadName: "pipe")
        #expect(end.worthwhile == (capacity == 1 << 20 ? 64 << 10 : 0))
    }
}
