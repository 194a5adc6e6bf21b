import Glibc
import Synchronization
import SystemCalls

/// A child process and everything that belongs to it.
///
/// Two threads watch it: one waits for its end, one collects its standard error. The child stays unreaped until
/// ``destroy()``, so that until then its number can be signalled without hitting a stranger.
final class Child: Sendable {
    let command: Command
    let processID: Int32
    let input: PipeEnd?
    let output: PipeEnd?
    private let errors: PipeEnd?
    private let grace: Duration
    /// The child has exited.
    private let exited: Event
    /// The child has exited, and its standard error has been collected.
    private let complete: Event
    /// A task that waits for the child was cancelled, or the scope is over.
    private let interruption: Event
    private let endings = ThreadPool(name: "child-end", width: 1)
    private let state = Mutex(State())

    private struct State {
        /// Known once the child has been reaped or has exited.
        var status: ExitStatus?
        var messages = BoundedText(limit: 64 << 10)
        var inputFinished = false
        var inputBroken = false
        /// Somebody other than the scope judges how the child ended.
        var settled = false
    }

    static func start(
        _ command: Command, input: StreamChoice, output: StreamChoice, grace: Duration,
        receiveMessage: @escaping @Sendable (String) -> Void
    ) throws(SubprocessError) -> Child {
        do throws(SystemError) {
            let child = try Child(command, input: input, output: output, grace: grace)
            try child.watch(receiveMessage)
            return child
        } catch {
            let kind: SubprocessError.Kind = error.isNotFound && error.call == "posix_spawn" ? .notFound : .notStarted
            throw SubprocessError(kind: kind, program: command.name, cause: error)
        }
    }

    private init(
        _ command: Command, input: StreamChoice, output: StreamChoice, grace: Duration
    ) throws(SystemError) {
        self.command = command
        self.grace = grace
        exited = try Event()
        complete = try Event()
        interruption = try Event()
        // These hold the child's ends; closed below, so that only the child has them.
        let forInput = try ChildStream(input, .toChild, threadName: "child-input")
        let forOutput = try ChildStream(output, .fromChild, threadName: "child-output")
        let forErrors = try ChildStream(.pipe, .fromChild, threadName: "child-errors", enlarged: false)
        self.input = forInput.ours
        self.output = forOutput.ours
        errors = forErrors.ours
        processID = try Spawn.start(
            command, input: forInput.number, output: forOutput.number, errors: forErrors.number)
        forInput.close()
        forOutput.close()
        forErrors.close()
    }

    /// What the child wrote to its standard error so far.
    var messages: String { state.withLock { $0.messages }.text }
}

// MARK: - Watching

extension Child {
    private func watch(_ receiveMessage: @escaping @Sendable (String) -> Void) throws(SystemError) {
        do throws(SystemError) {
            try Thread.start(name: "child-wait") { [self] in
                let status = Processes.awaitEnd(processID)
                state.withLock { $0.status = status }
                exited.signal()
            }
            try Thread.start(name: "child-errors") { [self] in
                collectErrors(receiveMessage)
                complete.signal()
            }
        } catch {
            Processes.signal(group: processID, SIGKILL)
            Processes.reap(processID)
            throw error
        }
    }

    /// Collects the child's standard error until its end; after the child's own end, only what is there by then.
    ///
    /// A process that the child left behind may keep the pipe open for ever.
    private func collectErrors(_ receive: (String) -> Void) {
        defer { errors?.close() }
        var lines = LineSplitter(limit: 8 << 10)
        var buffer: [UInt8] = []
        collecting: while let errors {
            let hasExited = (try? exited.wait(atMost: .zero)) ?? true
            switch Self.readPiece(errors, into: &buffer) {
            case .some(0): break collecting
            case .some:
                state.withLock { $0.messages.append(buffer) }
                lines.append(buffer).forEach(receive)
            case nil where hasExited: break collecting
            case nil: _ = try? errors.wait(.reading, or: exited)
            }
        }
        lines.finish().map(receive)
        _ = try? exited.wait()
    }

    /// The number of bytes read; 0 at the end and after an error of the pipe, `nil` if nothing is there.
    private static func readPiece(_ end: PipeEnd, into buffer: inout [UInt8]) -> Int? {
        var count: Int? = 0
        buffer = [UInt8](filling: 16 << 10) { span in
            do throws(SystemError) { count = try end.read(into: &span) } catch { count = 0 }
        }
        return count
    }
}

// MARK: - Waiting

extension Child {
    /// Waits until a call on `end` would do something.
    ///
    /// Throws `CancellationError`, and so do all later waits.
    func wait(for end: PipeEnd, _ readiness: Event.Readiness) async throws {
        let outcome = try await interruptible {
            try await end.threads.run { [self] in try end.wait(readiness, or: interruption) }
        }
        if outcome.contains(.event) { throw CancellationError() }
    }

    /// Waits for the child's end and all it had to say.
    func ended() async throws -> ExitStatus {
        let outcome = try await interruptible {
            try await endings.run { [self] in try interruption.wait(or: complete, atMost: nil) }
        }
        try Task.checkCancellation()
        guard outcome.contains(.ready), let status = state.withLock({ $0.status }) else { throw CancellationError() }
        return status
    }

    private func interruptible<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await withTaskCancellationHandler {
            try await body()
        } onCancel: {
            interruption.signal()
        }
    }

    func requireSuccess() async throws {
        let status = try await ended()
        guard status.isSuccess else { throw failure(.failed, status) }
    }

    private func failure(_ kind: SubprocessError.Kind, _ status: ExitStatus?) -> SubprocessError {
        SubprocessError(kind: kind, program: command.name, status: status, messages: messages)
    }
}

// MARK: - Input

extension Child {
    func markInputBroken() { state.withLock { $0.inputBroken = true } }

    /// What to say about a child that no longer reads: how it ended, or, if it does not end, just that.
    func inputError() async -> any Error {
        let completed = try? await interruptible {
            try await endings.run { [self] in try interruption.wait(or: complete, atMost: grace) }
        }
        if Task.isCancelled { return CancellationError() }
        let status = completed?.contains(.ready) == true ? state.withLock { $0.status } : nil
        return failure(status.map(\.isSuccess) == false ? .failed : .inputRefused, status)
    }

    func finishInput() throws {
        let mayFinish = state.withLock { state in
            guard !state.inputBroken else { return false }
            state.inputFinished = true
            return true
        }
        guard mayFinish else { throw failure(.inputUnfinished, nil) }
        input?.close()
    }
}

// MARK: - Ending

extension Child {
    func settle() { state.withLock { $0.settled = true } }

    /// The end of a scope whose body has returned: the child must have been given all its input and exit with status 0.
    func endWell() async throws {
        let (settled, unfinished) = state.withLock { ($0.settled, !$0.inputFinished) }
        guard !settled else { return }
        if input != nil, unfinished { throw failure(.inputUnfinished, nil) }
        output?.close()
        try await requireSuccess()
    }

    /// Ends the child and its group, gently first.
    func terminate() async {
        await endings.run { [self] in terminateNow() }
    }

    private func terminateNow() {
        if (try? exited.wait(atMost: .zero)) != true {
            Processes.signal(group: processID, SIGTERM)
            if (try? exited.wait(atMost: grace)) != true { Processes.signal(group: processID, SIGKILL) }
        }
        _ = try? exited.wait()
        // Whatever it left behind in its group.
        Processes.signal(group: processID, SIGKILL)
    }

    /// Ends what still runs, reaps the child, and closes our ends, the input last of all.
    func destroy() async {
        interruption.signal()
        await endings.run { [self] in
            terminateNow()
            Processes.reap(processID)
            _ = try? complete.wait()
        }
        output?.close()
        input?.close()
    }
}
