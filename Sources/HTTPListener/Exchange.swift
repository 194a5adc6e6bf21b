import SystemCalls

/// One request and its answer: the handler's task on one side, the library's callbacks on the other.
///
/// The library has a few threads for all connections, so a callback never waits. It lends what it has (a piece of the
/// body, or room for a piece of the answer), runs the task's jobs as long as there are any, and then either has what it
/// came for or suspends the connection. A suspended connection is resumed by the first job that becomes ready, by a
/// reader, or by an answer. Jobs that become ready while the library has no reason to call run on a few threads of the
/// listener's own, and so does whatever is left of the task once its connection is gone.
@safe final class Exchange: TaskExecutor {
    /// The request's target as it stood on the request line; empty if it is no UTF-8.
    let target: String
    let daemon: Daemon
    let state = Monitor(State())

    struct State: Sendable {
        var side = Side.called
        var phase = Phase.new
        /// What a suspended connection waits for.
        var step = Step.head
        var jobs: [UnownedJob] = []
        var isStarted = false
        var task: Task<Void, Never>?
        /// True once the task has nothing left to do.
        var taskEnded = false
        /// True once the listener is out of time: connections are closed rather than suspended.
        var isEnding = false
        /// Who waits for the end of writing into the room before the connection may be closed.
        var releaser: CheckedContinuation<Void, Never>?
        /// How the connection ended, once it did.
        var isComplete: Bool?

        /// What the head says of the body.
        var length = ListenerRequest.Length.absent
        var expectsContinue = false
        var bodyEnd = BodyEnd.open
        var reader: Reader?
        /// Bytes of the body that were thrown away.
        var discarded = 0

        var reply: Reply?
        /// The room that was lent by the callback and not filled yet.
        var room = Room()
        /// True while somebody writes into the room, outside the lock; the connection is not resumed meanwhile.
        var isFilling = false
        var writer: CheckedContinuation<Void, Never>?
        /// The part of a file that is being sent.
        var file: FileInHand?
        /// Bytes of the answer's body handed to the library.
        var sent = 0
        var answerEnd = AnswerEnd.open
    }

    /// Where the library stands.
    enum Side: Sendable {
        /// A callback runs.
        case called
        /// It will call when the client has done something.
        case expecting
        case suspended(Connection)
        /// It will call as soon as it can.
        case resumed
        case gone
    }

    enum Phase: Sendable { case new, head, reading, answering, over }
    enum Step: Sendable { case head, piece, end, answer }
    enum BodyEnd: Sendable { case open, good, broken }
    enum AnswerEnd: Sendable { case open, good, broken }

    init(target: String, daemon: Daemon) {
        self.target = target
        self.daemon = daemon
    }

    // MARK: - Jobs

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isKept = state.update { state in
            switch state.side {
            case .called, .resumed: break
            // Once resumed the connection may be closed at any time, and the room with it.
            case .suspended where state.isFilling: return false
            case .suspended(let connection):
                connection.resume()
                state.side = .resumed
            case .expecting, .gone: return false
            }
            state.jobs.append(job)
            return true
        }
        if !isKept { runElsewhere(job) }
    }

    private func runElsewhere(_ job: UnownedJob) { daemon.workers.enqueue(ExecutorJob(job)) }

    /// What a callback found when there was nothing left to run.
    enum Outcome { case ready, suspended, over }

    /// Runs jobs on this thread until what `step` waits for is there, or there are none: then suspends the connection.
    ///
    /// The answer `over` means that the listener cannot wait for it any more. Without a connection that may be
    /// suspended the answer is `ready` as soon as there are no more jobs.
    func settle(at step: Step, _ connection: Connection?) -> Outcome {
        enum Next { case job(UnownedJob), outcome(Outcome) }
        let executor = unsafe asUnownedTaskExecutor()
        while true {
            let next = state.update { state -> Next in
                guard state.jobs.isEmpty else { return .job(state.jobs.removeFirst()) }
                guard let connection, !state.isReady(for: step) else { return .outcome(.ready) }
                guard !state.isEnding || state.isFilling else { return .outcome(.over) }
                state.step = step
                state.side = .suspended(connection)
                connection.suspend()
                return .outcome(.suspended)
            }
            switch next {
            case .job(let job): unsafe job.runSynchronously(on: executor)
            case .outcome(let outcome): return outcome
            }
        }
    }

    /// Begins a callback.
    func enter() -> Phase {
        state.update { state in
            state.side = .called
            return state.phase
        }
    }

    /// Ends a callback that did not suspend the connection.
    ///
    /// - Parameter side: When the library will call next.
    func leave(_ side: Side) {
        let jobs = state.update { state -> [UnownedJob] in
            state.side = side
            if case .resumed = side { return [] }
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in jobs { runElsewhere(job) }
    }

    /// Changes something a suspended connection may wait for.
    func change<Result>(_ body: (inout State) -> Result) -> Result {
        state.update { state in
            defer { state.resumeIfReady() }
            return body(&state)
        }
    }

    // MARK: - The task

    /// Starts the task that makes the answer.
    func start(_ request: ListenerRequest, with handler: @escaping ListenerHandler) {
        let task = Task(executorPreference: self) {
            var body = RequestBody(of: self, length: request.length)
            let reply = await handler(request, &body).withoutFile
            self.change { $0.reply = reply }
            if case .stream(_, let write) = reply.body, request.method != "HEAD" { await self.answer(with: write) }
            self.change { $0.taskEnded = true }
            self.conclude()
        }
        state.update { state in
            state.isStarted = true
            state.task = task
        }
    }

    /// Says that the connection, or its part in this exchange, is over; a task that is still at work is told so.
    func finish(isComplete: Bool) {
        let (task, jobs, waiting) = state.update { state in
            state.phase = .over
            state.side = .gone
            state.isComplete = isComplete
            state.room = Room()
            if !isComplete {
                state.bodyEnd = .broken
                state.answerEnd = .broken
            }
            defer {
                state.task = nil
                state.jobs = []
            }
            return (state.task, state.jobs, state.takeWaiting())
        }
        if !isComplete { task?.cancel() }
        waiting.resume()
        for job in jobs { runElsewhere(job) }
        conclude()
    }

    /// Tells how the answer ended once neither the connection nor the task is there any more.
    private func conclude() {
        let end = state.update { state -> (reply: Reply?, end: Reply.End)? in
            guard state.taskEnded || !state.isStarted, let isComplete = state.isComplete else { return nil }
            state.isComplete = nil
            return (state.reply, Reply.End(bytes: state.sent, isComplete: isComplete))
        }
        guard let end else { return }
        end.reply?.onEnd?(end.end)
        daemon.remove(self)
    }

    /// Cancels the task and lets the library go on, so that it can close the connection.
    ///
    /// When this returns the connection is not suspended and will not be.
    func release() async {
        let task = state.update { state in
            state.isEnding = true
            return state.task
        }
        task?.cancel()
        await withCheckedContinuation { continuation in
            let waiting = change { state in
                if state.bodyEnd == .open { state.bodyEnd = .broken }
                if state.answerEnd == .open { state.answerEnd = .broken }
                if state.isFilling {
                    state.releaser = continuation
                } else {
                    state.resume()
                }
                return (state.takeWaiting(), state.isFilling)
            }
            waiting.0.resume()
            if !waiting.1 { continuation.resume() }
        }
    }
}

extension Exchange.State {
    func isReady(for step: Exchange.Step) -> Bool {
        switch step {
        case .head, .piece: reader != nil || reply != nil
        case .end: reply != nil
        case .answer: taskEnded || canBeSent || hasFileToRead
        }
    }

    mutating func resumeIfReady() {
        if isReady(for: step) { resume() }
    }

    mutating func resume() {
        guard case .suspended(let connection) = side, !isFilling else { return }
        connection.resume()
        side = .resumed
    }

    /// Those of the task's side who wait for the connection.
    struct Waiting {
        let reader: Exchange.Reader?
        let writer: CheckedContinuation<Void, Never>?
        let file: FileInHand?

        /// Tells them that it is over.
        func resume() {
            reader?.continuation.resume(returning: .broken)
            writer?.resume()
            file?.continuation.resume(returning: false)
        }
    }

    /// Takes them all, to be resumed outside the lock; a file that is being read is left to whoever reads it.
    mutating func takeWaiting() -> Waiting {
        defer {
            reader = nil
            writer = nil
            if !isFilling { file = nil }
        }
        return Waiting(reader: reader, writer: writer, file: isFilling ? nil : file)
    }
}
