import Glibc
import Synchronization
import SystemCalls

/// Our end of a pipe to or from a child: never blocks in a call, and is closed only when no thread waits for it.
final class PipeEnd: Sendable {
    /// Where waiting for this end may block.
    let threads: ThreadPool
    private let state: Mutex<State>
    /// Bytes that are worth waking a task for, where waiting for them cannot fill the pipe; otherwise 0.
    ///
    /// pg_dump writes 4 KiB at a time, and waking costs more than reading them.
    let worthwhile: Int

    private struct State: ~Copyable {
        var descriptor: Descriptor?
        var waiting = 0
        var closing = false
    }

    init(_ descriptor: consuming Descriptor, threadName: String) throws(SystemError) {
        try descriptor.makeNonBlocking()
        // In a moment no program writes as much as a large pipe holds. A pipe stays small where the user's share of pipe
        // pages is used up; then whoever waits holds up the writer.
        worthwhile = descriptor.pipeCapacity >= 1 << 20 ? 64 << 10 : 0
        state = Mutex(State(descriptor: descriptor))
        threads = ThreadPool(name: threadName, width: 1)
    }

    /// `nil` if nothing is there yet, 0 at the end.
    func read(into buffer: inout OutputSpan<UInt8>) throws(SystemError) -> Int? {
        try state.withLock { state throws(SystemError) in
            guard let count = try state.descriptor?.readIfReady(into: &buffer) else {
                if state.descriptor == nil { throw SystemError(call: "read", number: EBADF) }
                return nil
            }
            return count
        }
    }

    /// 0 if there is no room yet.
    func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        try state.withLock { state throws(SystemError) in
            guard let written = try state.descriptor?.writeIfReady(bytes) else {
                throw SystemError(call: "write", number: EBADF)
            }
            return written
        }
    }

    /// Blocks this thread until a call would do something, or the event happens.
    ///
    /// Where there is little to read it waits a moment for more.
    func wait(_ readiness: Event.Readiness, or event: borrowing Event) throws(SystemError) -> Event.Outcome {
        let number = state.withLock { state -> Int32? in
            guard !state.closing, let number = state.descriptor?.number else { return nil }
            state.waiting += 1
            return number
        }
        guard let number else { return .ready }  // the call itself says that the end is closed
        defer {
            state.withLock { state in
                state.waiting -= 1
                if state.closing, state.waiting == 0 { state.descriptor = nil }
            }
        }
        var outcome = try event.wait(or: number, isReadyFor: readiness)
        if readiness == .reading, outcome == .ready, isNearlyEmpty,
            try event.wait(atMost: Self.moment)
        {
            outcome.insert(.event)
        }
        return outcome
    }

    /// How long to wait for more.
    private static let moment = Duration.milliseconds(1)

    /// Whether there are a few bytes; at the end there are none.
    private var isNearlyEmpty: Bool {
        let count = state.withLock { $0.descriptor?.readableBytes } ?? 0
        return count > 0 && count < worthwhile
    }

    /// Closes it, at once or as soon as the last wait is over.
    func close() {
        state.withLock { state in
            state.closing = true
            if state.waiting == 0 { state.descriptor = nil }
        }
    }
}
