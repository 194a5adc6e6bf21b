import Diagnostics
import FoundationEssentials
import PenstockCommands
import SystemCalls

/// Ends a command that is interrupted: once by cancelling it, so that children are ended and nothing is left behind;
/// twice at once.
func watchForInterrupts(_ interruption: Interruption) throws {
    try InterruptSignals.watch { _, count in
        if count > 1 { Machine.end(ExitCode.interrupted.rawValue) }
        interruption.interrupt()
        // What cannot be cancelled, such as a write that nobody takes, does not hold up the end for ever.
        Machine.end(ExitCode.interrupted.rawValue, after: .seconds(10))
    }
}

/// Runs a command on Swift's threads, while this one waits.
///
/// An `await` would give the main thread to the runtime for good, which unblocks every signal in it: the first
/// interrupt would end the process on the spot.
func runBlocking(_ words: [String], in world: World, _ interruption: Interruption) -> ExitCode {
    let end = Monitor<ExitCode?>(nil)
    let run = Task.detached {
        let code = await Penstock.run(words, in: world)
        end.update { $0 = code }
    }
    interruption.onInterrupt { run.cancel() }
    let code = end.wait { $0 }
    return interruption.isInterrupted && code != .done ? .interrupted : code
}

do {
    let world = World(
        environment: Machine.environment,
        console: Console(output: try .standardOutput(), errors: try .standardError()), now: { Date() },
        hostName: Machine.hostName)
    let interruption = Interruption()
    try watchForInterrupts(interruption)
    let words = Array(CommandLine.arguments.dropFirst())
    Machine.end(runBlocking(words, in: world, interruption).rawValue)
} catch {
    Machine.end(ExitCode.failed.rawValue)
}
