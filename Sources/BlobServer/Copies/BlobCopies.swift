import ByteStreams
public import HTTPMessages
import Synchronization

/// The copies that a server makes for its clients: where it may read, and those under way behind the requests.
///
/// Copies that outlive their request are made only within ``run(_:)``, which ends and awaits them.
public final class BlobCopies: Sendable {
    /// How long the server waits for a source elsewhere.
    public struct Patience: Sendable {
        /// For a piece of at most 4 MiB.
        public var piece: Duration
        /// Before each new attempt at a piece, once the first has been read.
        public var pauses: [Duration]

        public init(piece: Duration = .seconds(120), pauses: [Duration] = [.seconds(1), .seconds(4)]) {
            self.piece = piece
            self.pauses = pauses
        }
    }

    /// At most this many run at a time; more wait for their turn.
    static let width = 4
    /// At most this many wait or run.
    private static let limit = 1000

    struct Job: Sendable {
        let id: String
        let body: @Sendable () async -> Void
    }

    private struct State: Sendable {
        var queue: AsyncStream<Job>.Continuation?
        /// By the id of the copy; ended to cancel it.
        var known: [String: (signal: AsyncStream<Never>, end: AsyncStream<Never>.Continuation)] = [:]
    }

    /// Reads sources that are not this server's; without it those are refused.
    let outside: (any HTTPClient)?
    let patience: Patience
    /// Memory for the pieces of all copies that move bytes.
    private let buffers = BufferAllowance(bytes: 4 * CopyBuffer.most)
    private let state = Mutex(State())

    public init(outside: (any HTTPClient)? = nil, patience: Patience = Patience()) {
        self.outside = outside
        self.patience = patience
    }

    /// Runs `body`, and meanwhile the copies that requests begin; when this returns, none is left.
    ///
    /// Those that are under way at the end of `body` fail.
    public func run<Output>(_ body: () async throws -> Output) async throws -> Output {
        let (jobs, queue) = AsyncStream.makeStream(of: Job.self)
        state.withLock { $0.queue = queue }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.work(jobs) }
            let result: Result<Output, any Error>
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            state.withLock { $0.queue = nil }
            queue.finish()
            group.cancelAll()
            try? await group.waitForAll()
            return try result.get()
        }
    }

    /// Leave to hold a piece of a source.
    func buffer() -> CopyBuffer { CopyBuffer(buffers) }

    private func work(_ jobs: AsyncStream<Job>) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await job in jobs {
                if running == Self.width {
                    await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { await self.perform(job) }
            }
        }
    }

    /// Does a job until it is done or cancelled.
    private func perform(_ job: Job) async {
        let signal = state.withLock { $0.known[job.id]?.signal }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await job.body() }
            if let signal { group.addTask { for await _ in signal {} } }
            await group.next()
            group.cancelAll()
        }
        state.withLock { $0.known[job.id] = nil }
    }

    /// Begins a copy; false if none can be begun now, since too many are under way or the server is ending.
    func start(_ job: Job) -> Bool {
        let (signal, end) = AsyncStream.makeStream(of: Never.self)
        return state.withLock { state in
            guard let queue = state.queue, state.known.count < Self.limit else { return false }
            guard case .enqueued = queue.yield(job) else { return false }
            state.known[job.id] = (signal, end)
            return true
        }
    }

    /// How many copies run or wait for their turn.
    var underWay: Int { state.withLock { $0.known.count } }

    /// Ends a copy as soon as it can be; it must not matter what it did until then.
    func cancel(_ id: String) { state.withLock { $0.known[id] }?.end.finish() }
}
