import Glibc
import SystemCalls
import Testing

@Suite("An event")
struct EventTests {
    @Test("happens once and stays so, for everybody who waits")
    func signal() throws {
        let event = try Event()
        #expect(try !event.wait(atMost: .zero))
        #expect(try !event.wait(atMost: .milliseconds(2)))
        event.signal()
        event.signal()
        for _ in 0..<3 { #expect(try event.wait()) }
    }

    @Test("is waited for together with a pipe that is written to, or broken")
    func together() throws {
        let event = try Event()
        let pipe = try Pipe()
        let reading = pipe.reading.number
        let writing = pipe.writing.number
        #expect(try event.wait(or: reading, isReadyFor: .reading, atMost: .milliseconds(1)).isEmpty)
        #expect(try event.wait(or: writing, isReadyFor: .writing) == .ready)
        try pipe.writing.write([1].span)
        #expect(try event.wait(or: reading, isReadyFor: .reading) == .ready)
        event.signal()
        #expect(try event.wait(or: reading, isReadyFor: .either) == [.ready, .event])
    }

    @Test(
        "lets a descriptor that does not block say that nothing is there, that it is full, or broken, without a signal")
    func nonBlocking() async throws {
        await #expect(processExitsWith: .success) {
            Glibc.signal(SIGPIPE, SIG_DFL)
            var ends = try Pipe().split()
            guard let reading = ends.reading.take(), let writing = ends.writing.take() else { exit(2) }
            try reading.makeNonBlocking()
            try writing.makeNonBlocking()
            var count: Int? = 0
            _ = try [UInt8](filling: 10) { (span) throws(SystemError) in count = try reading.readIfReady(into: &span) }
            guard count == nil else { exit(3) }
            let bytes = [UInt8](repeating: 0, count: 10 << 20)
            guard case let first = try writing.writeIfReady(bytes.span), first > 0, first < bytes.count,
                try writing.writeIfReady(bytes.span) == 0
            else { exit(4) }
            try reading.close()
            do throws(SystemError) {
                _ = try writing.writeIfReady(bytes.span)
                exit(5)
            } catch {
                guard error.isBrokenPipe else { exit(6) }
            }
        }
    }
}
