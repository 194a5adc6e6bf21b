import Glibc
import Subprocesses
import Synchronization
import SystemCalls
import Testing

@Suite("A subprocess whose task ends early")
struct CancellationTests {
    /// Runs a scope, cancels it once its body says that it is about to block, and answers the child's number.
    private func cancelled(
        _ run: @escaping @Sendable (_ started: @Sendable (Int32) -> Void) async throws -> Void
    ) async throws -> Int32 {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let task = Task { try await run { continuation.yield($0) } }
        let process = await stream.first { _ in true }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        return try #require(process)
    }

    @Test("ends while a read waits")
    func read() async throws {
        let process = try await cancelled { started in
            try await withSubprocess(shell("exec sleep 1000"), standardInput: .null, standardOutput: .pipe) {
                started($0.processID)
                _ = try await $0.output.piece()
            }
        }
        #expect(disappears(process))
    }

    @Test("ends while a write waits for a child that never reads")
    func write() async throws {
        let process = try await cancelled { started in
            try await withSubprocess(shell("exec sleep 1000"), standardInput: .pipe, standardOutput: .null) {
                started($0.processID)
                while true { try await $0.input.write([UInt8](repeating: 0, count: 1 << 20).span) }
            }
        }
        #expect(disappears(process))
    }

    @Test("ends while the scope waits for the exit")
    func exit() async throws {
        let process = try await cancelled { started in
            try await withSubprocess(shell("exec sleep 1000"), standardInput: .null, standardOutput: .null) {
                started($0.processID)
            }
        }
        #expect(disappears(process))
    }

    @Test("ends even if a process that left the group keeps the pipes open")
    func escapedGrandchild() async throws {
        let escaped = Mutex<Int32>(0)
        let process = try await cancelled { started in
            // The escaped one says its number, then holds standard output and standard error.
            let script = "setsid sh -c 'echo $$; exec sleep 1000' & sleep 1000"
            try await withSubprocess(shell(script), standardInput: .null, standardOutput: .pipe) {
                let number = try #require(Int32(try await $0.output.line()))
                escaped.withLock { $0 = number }
                started($0.processID)
                _ = try await $0.output.piece()
            }
        }
        #expect(disappears(process))
        kill(escaped.withLock { $0 }, SIGKILL)
    }

    @Test("is killed when it ignores SIGTERM, grandchildren and all", arguments: [false, true])
    func stubborn(cancel: Bool) async throws {
        let grandchild = Mutex<Int32>(0)
        let run = { @Sendable (started: @Sendable (Int32) -> Void) async throws in
            let script = "trap '' TERM; sleep 1000 & echo $!; echo ready; while :; do wait; done"
            try await withSubprocess(
                shell(script), standardInput: .null, standardOutput: .pipe, grace: .milliseconds(100)
            ) {
                let number = try #require(Int32(try await $0.output.line()))
                grandchild.withLock { $0 = number }
                #expect(try await $0.output.line() == "ready")
                started($0.processID)
                if !cancel { throw Expected() }
                _ = try await $0.output.piece()
            }
        }
        if cancel {
            #expect(disappears(try await cancelled(run)))
        } else {
            await #expect(throws: Expected.self) { try await run { _ in } }
        }
        #expect(disappears(grandchild.withLock { $0 }))
    }

    private struct Expected: Error {}

    @Test("leaves no grandchild when the child itself ended well")
    func leftBehind() async throws {
        let grandchild = try await withSubprocess(
            shell("sleep 1000 >/dev/null 2>&1 & echo $!"), standardInput: .null, standardOutput: .pipe
        ) { try await $0.output.text() }
        #expect(disappears(try #require(Int32(grandchild.dropLast()))))
    }

    @Test("is not waited for by those who hold its standard error after its end")
    func heldErrors() async throws {
        let grandchild = try await withSubprocess(
            shell("sleep 1000 >/dev/null & echo $!"), standardInput: .null, standardOutput: .pipe
        ) { try await $0.output.text() }
        #expect(disappears(try #require(Int32(grandchild.dropLast()))))
    }

    @Test("is not started at all by a cancelled task")
    func beforehand() async throws {
        await #expect(throws: CancellationError.self) {
            try await inCancelledTask {
                try await withSubprocess(shell("exit 0"), standardInput: .null, standardOutput: .null) { _ in
                    Issue.record("the child was started")
                    return ()
                }
            }
        }
    }

    @Test("leaves no child and no descriptor behind, however it ends")
    func nothingLeft() async throws {
        await #expect(processExitsWith: .success) {
            try await everyEnding()
            let before = try Files.names(in: "/proc/self/fd").count
            for _ in 0..<10 { try await everyEnding() }
            guard waitpid(-1, nil, WNOHANG) == -1, errno == ECHILD else { Glibc.exit(3) }
            // The watching threads let go of their last descriptors just after the scope has ended.
            let deadline = ContinuousClock.now.advanced(by: .seconds(20))
            while try Files.names(in: "/proc/self/fd").count > before {
                guard ContinuousClock.now < deadline else { Glibc.exit(4) }
                sched_yield()
            }
        }
    }
}

/// A good end, a bad one, a body that throws, a cancelled read, and a program that is not there.
private func everyEnding() async throws {
    _ = try await withSubprocess(shell("echo a"), standardInput: .null, standardOutput: .pipe) {
        try await $0.output.text()
    }
    _ = try? await withSubprocess(shell("exit 1"), standardInput: .pipe, standardOutput: .pipe) {
        try await $0.output.text()
    }
    _ = try? await withSubprocess(shell("cat"), standardInput: .pipe, standardOutput: .pipe) { _ in
        throw CancellationError()
    }
    let task = Task {
        try await withSubprocess(shell("exec sleep 1000"), standardInput: .pipe, standardOutput: .pipe) {
            _ = try await $0.output.piece()
        }
    }
    task.cancel()
    _ = await task.result
    let missing = Command(executable: "/nonexistent", arguments: [], environment: [:])
    try? await withSubprocess(missing, standardInput: .pipe, standardOutput: .pipe) { _ in }
}
