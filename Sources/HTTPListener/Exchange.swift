import Diagnostics
import SystemCalls

/// One request and its answer, run as a coroutine on the thread of its connection.
///
/// The handler is a task whose jobs are run by the library's callbacks: a callback lends what it has (a piece of the
/// body, or room for a piece of the answer), then runs jobs until the task waits for more or has an answer. So the
/// handler reads the bytes where they were received, without a queue and without changing threads. While the task
/// awaits something elsewhere the callback sleeps, which is what a thread per connection is for.
@safe final class Exchange: TaskExecutor {
    /// The request's target as it stood on the request line.
    let target: String
    let state = Monitor(State())

    struct State: Sendable {
        var jobs: [UnownedJob] = []
        var phase = Phase.new
        var task: Task<Void, Never>?
        /// True once the task has nothing left to do.
        var taskEnded = false

        /// The part of the body that was lent by the callback and not read yet.
        var piece = Piece()
        var bodyEnd = BodyEnd.open
        var reader: CheckedContinuation<Void, Never>?
        /// Bytes of the body that were thrown away.
        var discarded = 0

        var reply: Reply?
        /// The room that was lent by the callback and not filled yet.
        var room = Room()
        /// True while the task writes into the room, outside the lock.
        var isFilling = false
        var writer: CheckedContinuation<Void, Never>?
        /// Bytes of the answer's body handed to the library.
        var sent = 0
        var answerEnd = AnswerEnd.open
    }

    enum Phase: Sendable { case new, reading, answering, over }
    enum BodyEnd: Sendable { case open, good, broken }
    enum AnswerEnd: Sendable { case open, good, broken }

    init(target: String) { self.target = target }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.update { $0.jobs.append(job) }
    }

    /// Runs the task's jobs on this thread, sleeping while there are none, until `isDone`.
    func run(until isDone: (State) -> Bool) {
        let executor = unsafe asUnownedTaskExecutor()
        while true {
            let next: UnownedJob?? = state.wait { state in
                guard state.jobs.isEmpty else { return .some(state.jobs.removeFirst()) }
                return isDone(state) ? .some(nil) : nil
            }
            guard case .some(.some(let job)) = next else { return }
            unsafe job.runSynchronously(on: executor)
        }
    }

    /// Starts the task that makes the answer.
    func start(_ request: ListenerRequest, with handler: @escaping ListenerHandler) {
        let task = Task(executorPreference: self) {
            var body = RequestBody(of: self, length: request.length)
            let reply = await handler(request, &body)
            self.state.update { $0.reply = reply }
            if case .stream(_, let write) = reply.body, request.method != "HEAD" { await self.answer(with: write) }
            self.state.update { $0.taskEnded = true }
        }
        state.update { $0.task = task }
    }

    /// Asks the task to end soon; it is still awaited.
    func cancel() { state.update { $0.task }?.cancel() }

    /// Ends the exchange: when this returns, nothing of the task is left.
    func finish(isComplete: Bool) {
        let (task, waiting) = state.update { state in
            state.phase = .over
            if !isComplete {
                state.bodyEnd = .broken
                state.answerEnd = .broken
            }
            defer {
                state.reader = nil
                state.writer = nil
                state.task = nil
            }
            return (state.task, [state.reader, state.writer])
        }
        if let task {
            if !isComplete { task.cancel() }
            for continuation in waiting { continuation?.resume() }
            run { $0.taskEnded }
        }
        let (reply, sent) = state.update { ($0.reply, $0.sent) }
        reply?.onEnd?(Reply.End(bytes: sent, isComplete: isComplete))
    }
}
