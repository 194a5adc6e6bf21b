public import Diagnostics
import Synchronization
import SystemCalls

/// Memory for blocks, lent out up to a budget and never beyond it.
///
/// One pool bounds memory and concurrency together: a reader that finds all blocks out waits until one comes back.
/// Waiting is in order of asking, and ends with `CancellationError` when the waiting task is cancelled.
public final class BlockPool: Sendable {
    /// The most bytes that may be out and kept at once.
    public let budget: Int
    private let state = Mutex(State())
    private static let page = 4096

    private struct State {
        /// Bytes lent out.
        var lent = 0
        /// The most bytes that were lent out and kept at once.
        var peak = 0
        /// Memory that came back and waits for the next loan of its size.
        var kept: [MappedMemory] = []
        var waiting: [Waiter] = []
        var nextWaiter = 0

        var keptBytes: Int { kept.reduce(0) { $0 + $1.capacity } }
    }

    private struct Waiter {
        let id: Int
        let size: Int
        let continuation: CheckedContinuation<MappedMemory, any Error>
    }

    public init(budget: ByteCount) { self.budget = budget.bytes }

    /// Bytes lent out now; 0 when every lease has come back.
    public var lentBytes: Int { state.withLock { $0.lent } }

    /// The most bytes that were out and kept at once so far; never more than ``budget``.
    public var peakBytes: Int { state.withLock { $0.peak } }

    /// Lends a block of `size` bytes, waiting until that much of the budget is free.
    ///
    /// Throws ``StreamError`` if the block could never fit, `SystemError` if the kernel has no memory.
    public func lend(_ size: Int) async throws -> Block {
        guard size <= budget else { throw StreamError(kind: .blockBeyondBudget(block: size, budget: budget)) }
        try Task.checkCancellation()
        if let memory = try lendNow(size) { return Block(memory: memory, pool: self) }
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let memory = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait(Waiter(id: id, size: size, continuation: continuation))
            }
        } onCancel: {
            giveUp(id)
        }
        return Block(memory: memory, pool: self)
    }

    /// Lends a block of `size` bytes if that much of the budget is free and nobody waits for it; `nil` otherwise.
    public func lendIfFree(_ size: Int) throws -> Block? {
        guard let memory = try lendNow(size) else { return nil }
        return Block(memory: memory, pool: self)
    }

    private func lendNow(_ size: Int) throws -> MappedMemory? {
        try state.withLock { state throws(SystemError) in
            guard state.waiting.isEmpty else { return nil }
            return try take(size, from: &state)
        }
    }

    private func wait(_ waiter: Waiter) {
        state.withLock { $0.waiting.append(waiter) }
        // The task may have been cancelled, or memory may have come back, before the waiter stood in the queue.
        if Task.isCancelled { giveUp(waiter.id) } else { serve() }
    }

    private func giveUp(_ id: Int) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiting.remove(at: index)
        }
        waiter?.continuation.resume(throwing: CancellationError())
        serve()
    }

    fileprivate func takeBack(_ memory: MappedMemory) {
        state.withLock { state in
            state.lent -= memory.capacity
            // Odd sizes seldom come again, and would take more pages than they have bytes for.
            if memory.capacity % Self.page == 0 { state.kept.append(memory) }
        }
        serve()
    }

    /// Serves those who wait, in order, as long as the budget allows.
    private func serve() {
        while let (waiter, result) = nextServed() { waiter.continuation.resume(with: result) }
    }

    private func nextServed() -> (Waiter, Result<MappedMemory, any Error>)? {
        state.withLock { state in
            guard let first = state.waiting.first else { return nil }
            do throws(SystemError) {
                guard let memory = try take(first.size, from: &state) else { return nil }
                state.waiting.removeFirst()
                return (first, .success(memory))
            } catch {
                state.waiting.removeFirst()
                return (first, .failure(error))
            }
        }
    }

    /// Memory of the right size if the budget allows it: a kept piece, or a new one after letting go of kept ones.
    private func take(_ size: Int, from state: inout State) throws(SystemError) -> MappedMemory? {
        guard state.lent + size <= budget else { return nil }
        if let index = state.kept.lastIndex(where: { $0.capacity == size }) {
            state.lent += size
            return state.kept.remove(at: index)
        }
        while state.lent + state.keptBytes + size > budget { state.kept.removeFirst() }
        let memory = try MappedMemory(capacity: size)
        state.lent += size
        state.peak = max(state.peak, state.lent + state.keptBytes)
        return memory
    }
}

/// A block on loan from a ``BlockPool``; its memory goes back when its owner lets go of it.
///
/// Filled by one owner, then shared by borrowing.
@safe public struct Block: ~Copyable, Sendable {
    private let memory: MappedMemory
    private let pool: BlockPool
    public private(set) var count = 0

    fileprivate init(memory: MappedMemory, pool: BlockPool) {
        self.memory = memory
        self.pool = pool
    }

    deinit { pool.takeBack(memory) }

    /// The most bytes it can hold.
    public var capacity: Int { memory.capacity }
    public var isEmpty: Bool { count == 0 }
    public var isFull: Bool { count == capacity }

    /// The bytes it holds.
    public func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        // Valid while `self` is borrowed, which lasts beyond the call of `body`.
        let bytes = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(rebasing: memory.bytes[..<count]))
        return try await body(bytes)
    }

    /// The bytes it holds, for a body that does not wait.
    public func withBytesNow<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(rebasing: memory.bytes[..<count]))
        return try body(bytes)
    }

    /// Lets `body` append behind the bytes it holds.
    ///
    /// What was appended before `body` threw is kept.
    public mutating func withFreeSpace<Result>(
        _ body: (inout OutputSpan<UInt8>) async throws -> Result
    ) async throws -> Result {
        let buffer = unsafe memory.bytes
        var span = unsafe OutputSpan(buffer: buffer, initializedCount: count)
        do {
            let result = try await body(&span)
            count = unsafe span.finalize(for: buffer)
            return result
        } catch {
            count = unsafe span.finalize(for: buffer)
            throw error
        }
    }

    /// Copies as much of the front of `bytes` as fits, and answers how many bytes that was.
    public mutating func append(_ bytes: Span<UInt8>) -> Int {
        let taken = min(bytes.count, capacity - count)
        let buffer = unsafe memory.bytes
        var span = unsafe OutputSpan(buffer: buffer, initializedCount: count)
        span.append(copying: bytes.extracting(first: taken))
        count = unsafe span.finalize(for: buffer)
        return taken
    }

    /// Forgets the bytes it holds.
    public mutating func removeAll() { count = 0 }
}
