import ByteStreams
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import SystemCalls

@Suite("An output whose waits can be ended", .timeLimit(.minutes(5)))
struct InterruptibleOutputTests {
    enum Way: CaseIterable { case pipe, sharedPipe, socket }

    /// Both ends of something that is written to in that way.
    private func ends(_ way: Way) throws -> (output: Handover<InterruptibleOutput>, reading: Handover<Descriptor>) {
        guard way == .socket else {
            var ends = try Pipe().split()
            guard let reading = ends.reading.take(), let writing = ends.writing.take() else {
                throw SystemError(call: "pipe", number: EBADF)
            }
            let output = way == .pipe ? try InterruptibleOutput(writing) : InterruptibleOutput(sharing: writing)
            return (Handover(output), Handover(reading))
        }
        var pair: [Int32] = [0, 0]
        let made = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
        guard made == 0 else { throw SystemError(call: "socketpair", number: errno) }
        return (
            Handover(try InterruptibleOutput(Descriptor(owning: pair[0]))), Handover(Descriptor(owning: pair[1]))
        )
    }

    @Test("writes all bytes in order, however slowly they are read", arguments: Way.allCases)
    func all(way: Way) async throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        let (output, reading) = try ends(way)
        async let writing: Void = ThreadPool(name: "write", width: 1).run {
            let output = output.take()
            let isWhole = try output.write(bytes.span, unless: Event())
            #expect(isWhole)
            try output.close()
        }
        let descriptor = reading.take()
        let read = try await ThreadPool(name: "read", width: 1).run {
            var all: [UInt8] = []
            while case let piece = try [UInt8](filling: 7000, { _ = try descriptor.read(into: &$0) }), !piece.isEmpty {
                all += piece
            }
            return all
        }
        try await writing
        #expect(read == bytes)
    }

    @Test("gives up a wait for a reader that takes nothing", arguments: Way.allCases)
    func interrupted(way: Way) async throws {
        let (output, reading) = try ends(way)
        let event = SharedEvent()
        async let isWhole = ThreadPool(name: "write", width: 1).run {
            try output.take().write([UInt8](repeating: 1, count: 8 << 20).span, unless: event.event)
        }
        try await Task.sleep(for: .milliseconds(50))
        event.event.signal()
        #expect(try await !isWhole)
        // The reader was there all the time.
        _ = reading.take()
    }

    @Test("a reader that has gone is an error and no signal", arguments: Way.allCases)
    func gone(way: Way) throws {
        let (output, reading) = try ends(way)
        _ = reading.take()
        let error = #expect(throws: SystemError.self) {
            _ = try output.take().write([1].span, unless: Event())
        }
        #expect(error?.number == EPIPE)
    }

    @Test("leaves the pipe that others share as it is")
    func flags() throws {
        let pipe = try Pipe()
        let before = fcntl(pipe.writing.number, F_GETFL)
        let output = try InterruptibleOutput(pipe.writing.duplicate())
        #expect(try output.write([1, 2].span, unless: Event()))
        #expect(fcntl(pipe.writing.number, F_GETFL) == before)
    }

    private final class SharedEvent: Sendable {
        let event: Event
        init() {
            do { event = try Event() } catch { preconditionFailure("no event: \(error.summary)") }
        }
    }
}
