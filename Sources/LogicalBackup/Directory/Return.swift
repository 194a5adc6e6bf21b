import ByteStreams
import Synchronization

/// Where a value that cannot be copied comes back to whoever gave it away.
final class Return<Value: ~Copyable & Sendable>: Sendable {
    private enum State {
        case out
        case awaited(CheckedContinuation<Handover<Value>?, Never>)
        case back(Handover<Value>)
        case lost
    }

    private let state = Mutex(State.out)

    /// Waits until the value is given back, and answers `nil` if it never will be; asked for once.
    func value() async -> Handover<Value>? {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> State in
                defer { if case .out = state { state = .awaited(continuation) } }
                return state
            }
            switch known {
            case .back(let value): continuation.resume(returning: value)
            case .lost: continuation.resume(returning: nil)
            case .out, .awaited: return
            }
        }
    }

    func give(back value: consuming sending Value) {
        let box = Handover(value)
        waiting(.back(box))?.resume(returning: box)
    }

    /// Says that the value will not come back; nothing if it has.
    func lose() { waiting(.lost)?.resume(returning: nil) }

    private func waiting(_ end: State) -> CheckedContinuation<Handover<Value>?, Never>? {
        state.withLock { state in
            switch state {
            case .out: state = end
            case .awaited(let continuation):
                state = end
                return continuation
            case .back, .lost: break
            }
            return nil
        }
    }
}
