import SystemCalls

/// Runs async functions to their end on the thread that asks, so that one input is one call and its coverage is its own.
@safe final class CallersThread: TaskExecutor {
    private let jobs = Monitor<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.update { $0.append(job) }
    }

    func run<Output: Sendable>(_ body: @escaping @Sendable () async -> Output) -> Output {
        let output = Monitor<Output?>(nil)
        Task(executorPreference: self) {
            let result = await body()
            output.update { $0 = result }
        }
        let executor = unsafe asUnownedTaskExecutor()
        while true {
            if let result = output.update({ $0 }) { return result }
            unsafe jobs.wait { $0.isEmpty ? nil : $0.removeFirst() }.runSynchronously(on: executor)
        }
    }
}
