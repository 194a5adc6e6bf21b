import ByteStreams

/// Runs a program for as long as `body` runs, and answers what `body` answers if the program exited with status 0.
///
/// The child leads a process group of its own, starts with the default signal actions, and has no other descriptors
/// than 0, 1 and 2. When `body` has returned, the scope closes the output, waits for the child, and throws
/// ``SubprocessError`` unless it exited with status 0; `Subprocess.exitStatus()` and `stop()` take that check over.
///
/// When `body` throws, or the task is cancelled, the child's whole group gets SIGTERM and, after `grace`, SIGKILL.
/// Only when the child has ended is its input closed, because programs such as psql take the end of their input for
/// success. Whatever happens, once this returns the child has been reaped and its group and descriptors are gone.
///
/// Reading, writing and waiting each have threads of their own, so that a child can be fed and read at once.
///
/// - Parameters:
///   - grace: The time between SIGTERM and SIGKILL.
///   - receiveMessage: Gets each line of the child's standard error as it arrives, on a thread of the scope that it
///     holds up while it runs; the last call is over before the scope returns. A line longer than 8 KiB comes in pieces.
@discardableResult
public func withSubprocess<Input, Output, Result>(
    _ command: Command,
    standardInput: StandardInput<Input>,
    standardOutput: StandardOutput<Output>,
    grace: Duration = .seconds(2),
    receiveMessage: @escaping @Sendable (String) -> Void = { _ in },
    _ body: (Subprocess<Input, Output>) async throws -> Result
) async throws -> Result {
    try await withResource {
        try Task.checkCancellation()
        return try Child.start(
            command, input: standardInput.choice, output: standardOutput.choice, grace: grace,
            receiveMessage: receiveMessage)
    } release: { child in
        await child.destroy()
    } body: { child in
        let result = try await body(
            Subprocess(
                child: child, input: standardInput.makeHandle(child), output: standardOutput.makeHandle(child)))
        try await child.endWell()
        return result
    }
}

/// A running child, valid inside its ``withSubprocess(_:standardInput:standardOutput:grace:receiveMessage:_:)`` scope.
///
/// `input` and `output` are there if they were asked for as `.pipe`. Cancelling any task that waits for the child ends
/// every wait for it.
public struct Subprocess<Input: Sendable, Output: Sendable>: Sendable {
    let child: Child
    public let input: Input
    public let output: Output

    /// The child's process number, which is its group's too.
    public var processID: Int32 { child.processID }

    /// Waits until the child has ended and answers how; it is then the caller's business what that means.
    ///
    /// Read the output first: a child whose output nobody takes does not end.
    public func exitStatus() async throws -> ExitStatus {
        child.settle()
        return try await child.ended()
    }

    /// Ends the child and its group, as the scope does after a failure; how it ended is then no error.
    public func stop() async {
        child.settle()
        await child.terminate()
    }

    /// What the child wrote to its standard error so far: the first and the last 64 KiB.
    public var messages: String { child.messages }
}
