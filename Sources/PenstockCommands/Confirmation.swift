import CommandLineKit
import SystemCalls

extension Session {
    /// Asks the person at the terminal; without a terminal only `--yes` will do.
    func confirm(_ question: String) throws {
        guard !arguments[CommonOptions.yes] else { return }
        let input = try Descriptor.standardInput()
        guard input.isTerminal, world.console.errorsAreTerminal else {
            throw arguments.refusal("\(arguments.command) does this without a terminal only with --yes")
        }
        world.console.ask(question + " [y/N] ")
        let answer = try input.readLine(limit: 80)
        guard ["y", "yes"].contains(answer.lowercased()) else { throw CancellationError() }
    }
}
