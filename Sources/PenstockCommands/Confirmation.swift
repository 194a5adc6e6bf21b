import ByteStreams
import CommandLineKit
import SystemCalls

extension Session {
    /// Asks the person at the terminal; without a terminal only `--yes` will do.
    func confirm(_ question: String) async throws {
        guard !arguments[CommonOptions.yes] else { return }
        let input = try Descriptor.standardInput()
        guard input.isTerminal, world.console.errorsAreTerminal else {
            throw arguments.refusal("\(arguments.command) does this without a terminal only with --yes")
        }
        world.console.ask(question + " [y/N] ")
        // A terminal hands over a line at a time; an interrupt ends the wait for it.
        var answer = DescriptorSource(input, on: ThreadPool(name: "answer", width: 1))
        let line = try await [UInt8].filled(capacity: 80) { try await answer.read(into: &$0) }
        guard ["y\n", "yes\n"].contains(String(decoding: line, as: UTF8.self).lowercased()) else {
            throw CancellationError()
        }
    }
}
