import Diagnostics
import FoundationEssentials
import PenstockCommands
import SystemCalls

/// Ends a command that is interrupted: once by cancelling it, so that children are ended and nothing is left behind;
/// twice at once.
func runUntilInterrupted(_ words: [String]) async throws -> ExitCode {
    let world = World(
        environment: Machine.environment,
        console: Console(output: try .standardOutput(), errors: try .standardError()), now: { Date() },
        hostName: Machine.hostName)
    let interruption = Interruption()
    try InterruptSignals.watch { _, count in
        if count > 1 { Machine.end(ExitCode.interrupted.rawValue) }
        interruption.interrupt()
        // What cannot be cancelled, such as a write that nobody takes, does not hold up the end for ever.
        Machine.end(ExitCode.interrupted.rawValue, after: .seconds(10))
    }
    let run = Task { await Penstock.run(words, in: world) }
    interruption.onInterrupt { run.cancel() }
    let code = await run.value
    return interruption.isInterrupted && code != .done ? .interrupted : code
}

do {
    Machine.end(try await runUntilInterrupted(Array(CommandLine.arguments.dropFirst())).rawValue)
} catch {
    Machine.end(ExitCode.failed.rawValue)
}
