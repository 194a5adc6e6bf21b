import Synchronization

/// Runs an operation in a task of its own, which may be cancelled from inside.
public final class Canceller: Sendable {
    private let task = Mutex<Task<Void, any Error>?>(nil)

    public init() {}

    /// Cancels the task that runs.
    public var cancel: @Sendable () -> Void { { self.task.withLock { $0 }?.cancel() } }

    /// Answers how the operation ended; it begins when it can be cancelled.
    public func run(_ operation: @escaping @Sendable () async throws -> Void) async -> Result<Void, any Error> {
        let (start, starter) = AsyncStream<Void>.makeStream()
        let task = Task {
            for await _ in start {}
            try await operation()
        }
        self.task.withLock { $0 = task }
        starter.finish()
        return await task.result
    }
}
