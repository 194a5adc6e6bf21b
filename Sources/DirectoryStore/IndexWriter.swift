import LocalIndex
import Synchronization
import SystemCalls

/// The one writer of the index: a thread that takes all waiting writes and commits them in one transaction.
///
/// A transaction costs an fsync however many writes are in it, so the more tasks write at once, the cheaper each write
/// becomes. A write that fails is undone alone; the others of its group are kept.
final class IndexWriter: Sendable {
    private struct Write: Sendable {
        let work: @Sendable (inout IndexConnection) throws -> Void
        let done: @Sendable (Result<Void, any Error>) -> Void
    }

    private struct Queue: Sendable {
        var waiting: [Write] = []
        var closed = false
        var ended = false
    }

    struct Closed: Error {}

    private let queue = Monitor(Queue())
    /// The most writes in one transaction, so that the first of a burst is not kept waiting for the last.
    private static let groupLimit = 256

    init(_ connection: consuming sending IndexConnection) throws(SystemError) {
        let owner = ConnectionOwner(connection)
        let queue = queue
        try Thread.start(name: "penstock-index") {
            while case let group = Self.next(of: queue), !group.isEmpty { owner.use { Self.run(group, &$0) } }
            owner.close()
            queue.update { $0.ended = true }
        }
    }

    deinit { queue.update { $0.closed = true } }

    /// Runs `body` in a transaction; when this returns, what it changed is on the disk.
    ///
    /// Once handed over it is carried out even if the task is cancelled.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (inout IndexConnection) throws -> Result
    ) async throws -> Result {
        let slot = Slot<Result>()
        try await withCheckedThrowingContinuation { continuation in
            submit(
                Write(work: { slot.fill(try body(&$0)) }, done: { continuation.resume(with: $0) }))
        }
        return try slot.take()
    }

    /// The same for a thread of our own, which it blocks.
    func writeBlocking<Result: Sendable>(
        _ body: @escaping @Sendable (inout IndexConnection) throws -> Result
    ) throws -> Result {
        let slot = Slot<Result>()
        let outcome = Monitor<Swift.Result<Void, any Error>?>(nil)
        submit(Write(work: { slot.fill(try body(&$0)) }, done: { result in outcome.update { $0 = result } }))
        try outcome.wait { $0 }.get()
        return try slot.take()
    }

    /// Hands over a write that nobody waits for; it is lost if the process ends before its turn.
    func writeLater(_ body: @escaping @Sendable (inout IndexConnection) throws -> Void) {
        submit(Write(work: body, done: { _ in }))
    }

    /// Carries out what is waiting, then closes the connection.
    ///
    /// Blocks.
    func close() {
        queue.update { $0.closed = true }
        queue.wait { $0.ended ? () : nil }
    }

    private func submit(_ write: Write) {
        let accepted = queue.update { queue in
            if !queue.closed { queue.waiting.append(write) }
            return !queue.closed
        }
        if !accepted { write.done(.failure(Closed())) }
    }

    /// The writes that wait, or none once the writer is closed and has nothing left to do.
    private static func next(of queue: Monitor<Queue>) -> [Write] {
        queue.wait { queue in
            guard !queue.waiting.isEmpty else { return queue.closed ? [] : nil }
            let group = Array(queue.waiting.prefix(groupLimit))
            queue.waiting.removeFirst(group.count)
            return group
        }
    }

    private static func run(_ group: [Write], _ connection: inout IndexConnection) {
        var failures = [(any Error)?](repeating: nil, count: group.count)
        do {
            try connection.transaction(.write) { connection in
                for (index, write) in group.enumerated() {
                    do {
                        try connection.savepoint { try write.work(&$0) }
                    } catch {
                        failures[index] = error
                        // A full disk ends the whole transaction.
                        guard connection.isInTransaction else { throw error }
                    }
                }
            }
            for (write, failure) in zip(group, failures) { write.done(failure.map { .failure($0) } ?? .success(())) }
        } catch let error as IndexError where error.kind == .noSpace && group.count > 1 {
            // One write that finds no space must not take the others with it, least of all those that make some.
            for write in group { run([write], &connection) }
        } catch {
            for (write, failure) in zip(group, failures) { write.done(.failure(failure ?? error)) }
        }
    }
}

/// Where a write leaves its result until its transaction is on the disk.
private final class Slot<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func fill(_ new: Value) { value.withLock { $0 = new } }

    func take() throws -> Value {
        guard let value = value.withLock({ $0 }) else { throw IndexWriter.Closed() }
        return value
    }
}
