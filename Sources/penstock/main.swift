import Diagnostics
import FoundationEssentials
import PenstockCommands
import SystemCalls

/// Starts the command, and ends the process when it has ended.
///
/// An interruption cancels it once, so that children are ended and nothing is left behind; a second one ends the
/// process at once.
func start(_ words: [String]) throws {
    let interruption = Interruption()
    try InterruptSignals.watch { _, count in
        if count > 1 { Machine.exitNow(ExitCode.interrupted.rawValue) }
        interruption.interrupt()
    }
    let world = World(
        environment: Machine.environment,
        console: Console(output: try .standardOutput(), errors: try .standardError()), now: { Date() },
        hostName: Machine.hostName)
    let run = Task { await Penstock.run(words, in: world) }
    interruption.onInterrupt { run.cancel() }
    Task {
        let code = await run.value
        Machine.exitNow((interruption.isInterrupted && code != .done ? .interrupted : code).rawValue)
    }
}

do {
    try start(Array(CommandLine.arguments.dropFirst()))
} catch {
    Machine.exitNow(ExitCode.failed.rawValue)
}
// Not an `await`: an asynchronous main program leaves this thread with no signal blocked in it, and then an interrupt
// kills the process instead of reaching `InterruptSignals`.
Machine.waitForever()
