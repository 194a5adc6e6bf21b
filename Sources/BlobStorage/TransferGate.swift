public import Diagnostics
import HTTPMessages
import Synchronization

/// The gate that all transfers of one account pass: it bounds requests under way and, if wanted, bytes a second.
///
/// Waiting is in order, and ends with `CancellationError` when the waiting task is cancelled.
public final class TransferGate: Sendable {
    private let state: Mutex<State>
    private let time: @Sendable () -> Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    /// In bytes a second.
    private let bandwidth: Int?

    private struct State {
        var controller: DepthController
        var running = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var nextID = 0
        /// When the line is free again, as far as the bandwidth goes.
        var free = Duration.zero
    }

    /// - Parameter bandwidth: In bytes a second; `nil` for no bound.
    public init<C: Clock>(_ controller: DepthController, bandwidth: ByteCount?, clock: C) where C.Duration == Duration {
        state = Mutex(State(controller: controller))
        self.bandwidth = bandwidth?.bytes
        let start = clock.now
        time = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
    }

    /// How many requests may be under way now.
    public var depth: Int { state.withLock { $0.controller.depth } }

    /// How many blocks of one stream are worth having in memory now: those under way, and two that are next.
    public var window: Int { depth + 2 }

    /// Runs a request that moves `bytes` at most, when it is its turn, and learns from how it ends.
    ///
    /// - Parameter moved: How many bytes it moved, by its outcome.
    func pass<Output>(
        _ bytes: Int, moved: (Output) -> Int? = { _ in nil }, _ request: () async throws -> Output
    ) async throws -> Output {
        let slot = try await keepToBandwidth(bytes)
        try await enter()
        do {
            let output = try await request()
            let moved = moved(output) ?? bytes
            giveBack(slot, moved: moved)
            leave { $0.finished(bytes: moved, at: $1) }
            return output
        } catch {
            let overload = Self.isOverload(error)
            leave { controller, now in
                if overload { controller.overloaded(at: now) }
            }
            throw error
        }
    }

    private static func isOverload(_ error: any Error) -> Bool {
        guard let error = error as? BlobStoreError else { return false }
        return error.kind == .busy || (error.cause as? HTTPFailure)?.kind == .timedOut
    }

    /// Waits until it is the turn of so many bytes, and answers when they have the line.
    private func keepToBandwidth(_ bytes: Int) async throws -> Range<Duration> {
        guard bandwidth != nil else { return .zero..<(.zero) }
        let now = time()
        let slot = state.withLock { state in
            let turn = max(now, state.free)
            state.free = turn + lineTime(bytes)
            return turn..<state.free
        }
        if slot.lowerBound > now { try await sleep(slot.lowerBound - now) }
        return slot
    }

    /// Frees the line earlier by what is left of a slot whose bytes were not there to be moved; what has run out of it
    /// was nobody's.
    private func giveBack(_ slot: Range<Duration>, moved: Int) {
        let used = max(time(), slot.lowerBound + lineTime(moved))
        guard used < slot.upperBound else { return }
        state.withLock { $0.free -= slot.upperBound - used }
    }

    /// How long so many bytes have the line.
    private func lineTime(_ bytes: Int) -> Duration {
        bandwidth.map { .seconds(Double(bytes) / Double($0)) } ?? .zero
    }

    private func enter() async throws {
        try Task.checkCancellation()
        let id = state.withLock { state -> Int? in
            guard state.running >= state.controller.depth || !state.waiting.isEmpty else {
                state.running += 1
                return nil
            }
            state.nextID += 1
            return state.nextID
        }
        guard let id else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0.waiting.append((id, continuation)) }
                // The task may have been cancelled, or a turn come, before it stood in the line.
                if Task.isCancelled { giveUp(id) } else { admit() }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    private func leave(_ learn: (inout DepthController, Duration) -> Void) {
        let now = time()
        state.withLock { state in
            state.running -= 1
            learn(&state.controller, now)
        }
        admit()
    }

    private func admit() {
        while let next = nextAdmitted() { next.resume() }
    }

    private func nextAdmitted() -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            guard !state.waiting.isEmpty, state.running < state.controller.depth else { return nil }
            state.running += 1
            return state.waiting.removeFirst().continuation
        }
    }

    private func giveUp(_ id: Int) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiting.remove(at: index).continuation
        }
        continuation?.resume(throwing: CancellationError())
    }
}
