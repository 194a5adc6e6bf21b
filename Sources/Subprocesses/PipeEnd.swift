import Glibc
import Synchronization
import SystemCalls

/// Our end of a pipe to or from a child: never blocks in a call, and is closed only when no thread waits for it.
final class PipeEnd: Sendable {
    /// Where waiting for this end may block.
    let threads: ThreadPool
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var descriptor: Descriptor?
        var waiting = 0
        var closing = false
    }

    init(_ descriptor: consuming Descriptor, threadName: String) throws(SystemError) {
        try descriptor.makeNonBlocking()
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
        return try event.wait(or: number, isReadyFor: readiness)
    }

    /// Closes it, at once or as soon as the last wait is over.
    func close() {
        state.withLock { state in
            state.closing = true
            if state.waiting == 0 { state.descriptor = nil }
        }
    }
}
