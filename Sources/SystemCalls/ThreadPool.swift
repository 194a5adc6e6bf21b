/// Threads on which a task may block without holding up Swift's shared pool.
///
/// Threads are started when there is work for them, up to `width`, and end with the pool. Work is taken in order.
public final class ThreadPool: TaskExecutor {
    public let name: String
    public let width: Int
    private let queue = Monitor(Queue())

    private struct Queue: Sendable {
        var jobs: [UnownedJob] = []
        var head = 0
        var idle = 0
        var threads = 0
        var ended = false

        var isEmpty: Bool { head == jobs.count }

        mutating func push(_ job: UnownedJob) {
            if head > 64, head * 2 > jobs.count {
                jobs.removeFirst(head)
                head = 0
            }
            jobs.append(job)
        }

        mutating func pop() -> UnownedJob? {
            guard !isEmpty else { return nil }
            defer { head += 1 }
            return jobs[head]
        }
    }

    public init(name: String, width: Int) {
        precondition(width > 0, "a thread pool needs a thread")
        self.name = name
        self.width = width
    }

    deinit { queue.update { $0.ended = true } }

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        // All threads are alike: waking more than one would have them quarrel about the lock.
        let startThread = queue.updateForOne { queue in
            queue.push(unowned)
            let waiting = queue.jobs.count - queue.head
            guard queue.idle < waiting, queue.threads < width else { return false }
            queue.threads += 1
            return true
        }
        guard startThread else { return }
        do {
            try startWorker()
        } catch {
            // With another thread alive the job is taken by it later; with none, nothing could ever run.
            let left = queue.update { queue in
                queue.threads -= 1
                return queue.threads
            }
            precondition(left > 0, "no thread could be started: \(error.summary)")
        }
    }

    private func startWorker() throws(SystemError) {
        let queue = queue
        let executor = unsafe asUnownedTaskExecutor()
        try Thread.start(name: name) {
            while let job = Self.next(from: queue) { unsafe job.runSynchronously(on: executor) }
        }
    }

    /// The next job, or `nil` once the pool has ended.
    private static func next(from queue: Monitor<Queue>) -> UnownedJob? {
        var isIdle = false
        return queue.wait { queue -> UnownedJob?? in
            if let job = queue.pop() {
                if isIdle { queue.idle -= 1 }
                return .some(job)
            }
            if !isIdle { queue.idle += 1 }
            isIdle = true
            return queue.ended ? .some(nil) : nil
        }
    }
}

extension ThreadPool {
    /// Runs a call that blocks on one of the pool's threads.
    public func run<Result: Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await withTaskExecutorPreference(self) { () async throws(Failure) -> Result in
            try await Self.call(body)
        }
    }

    @concurrent private static func call<Result: Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try body()
    }
}
