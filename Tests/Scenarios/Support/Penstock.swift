import ByteStreams
import Glibc
import Subprocesses
import Synchronization
import SystemCalls
import TestSupport
import Testing

/// How a run of the real program ended, and all it said.
struct Finished: Sendable {
    let status: Subprocesses.ExitStatus
    let output: [UInt8]
    let errors: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// The exit code; a signal is none.
    var code: Int32? {
        guard case .exited(let code) = status else { return nil }
        return code
    }

    /// The lines of standard output.
    var lines: [String] { text.split(separator: "\n").map(String.init) }

    /// Answers itself if the run ended with that code, or records everything it said.
    @discardableResult
    func expecting(_ code: Int32 = 0, at location: SourceLocation = #_sourceLocation) -> Finished {
        if self.code != code {
            Issue.record("\(status) instead of \(code): \(errors) \(text.prefix(2000))", sourceLocation: location)
        }
        return self
    }
}

/// The program under test, run as a person would.
///
/// Its path is the environment variable `PENSTOCK_BINARY`, or else that of the debug build of this package.
struct Penstock: Sendable {
    static let path: String =
        Machine.environment["PENSTOCK_BINARY"] ?? Fixtures.packageRoot + "/.build/debug/penstock"

    /// Another program, where one is to run in the same way.
    var executable = Self.path
    var environment = Self.environment

    /// Nobody is to be asked for the identity of the machine on which the tests run.
    static let environment: [String: String] = [
        "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1",
    ]

    func command(_ words: [String]) -> Command {
        Command(executable: executable, arguments: words, environment: environment)
    }

    /// Runs to the end.
    func run(_ words: String..., input: [UInt8]? = nil) async throws -> Finished { try await run(words, input: input) }

    func run(_ words: [String], input: [UInt8]? = nil) async throws -> Finished {
        try await Program.run(command(words), input: input)
    }

    /// Runs for as long as `body` runs; what still runs then is ended.
    ///
    /// - Parameter watch: Gets each line of standard error as it arrives.
    func during<Output>(
        _ words: [String], watch: @escaping @Sendable (String) -> Void = { _ in },
        _ body: (Running) async throws -> Output
    ) async throws -> Output {
        let messages = Lines()
        return try await withSubprocess(
            command(words), standardInput: .null, standardOutput: .pipe,
            receiveMessage: { line in
                watch(line)
                messages.add(line)
            }
        ) { process in
            let output = try await body(Running(process: process, messages: messages))
            await process.stop()
            return output
        }
    }
}

/// The program while it runs.
struct Running: Sendable {
    fileprivate let process: Subprocess<Void, ProcessOutput>
    fileprivate let messages: Lines

    var id: Int32 { process.processID }
    /// What it said on standard error so far.
    var errors: String { messages.text }

    func send(_ signal: Int32) { kill(id, signal) }

    /// Waits for the end; the output must fit in memory.
    func finish() async throws -> Finished {
        try await Program.finish(process, messages)
    }

    /// The first line of standard output.
    func firstLine() async throws -> String {
        var bytes: [UInt8] = []
        while case let byte = try await [UInt8].filled(capacity: 1, { try await process.output.read(into: &$0) }),
            !byte.isEmpty, byte != [UInt8(ascii: "\n")]
        {
            bytes += byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Programs run to their end.
enum Program {
    static func run(_ command: Command, input: [UInt8]? = nil) async throws -> Finished {
        let messages = Lines()
        guard let input else {
            return try await withSubprocess(
                command, standardInput: .null, standardOutput: .pipe, receiveMessage: { messages.add($0) }
            ) { try await finish($0, messages) }
        }
        return try await withSubprocess(
            command, standardInput: .pipe, standardOutput: .pipe, receiveMessage: { messages.add($0) }
        ) { process in
            // A program that refuses its work does not read its input; how it ends says so.
            async let feeding: Void? = try? process.input.feed(MemorySource(input))
            let finished = try await finish(process, messages)
            _ = await feeding
            return finished
        }
    }

    static func finish<Input>(
        _ process: Subprocess<Input, ProcessOutput>, _ messages: Lines
    ) async throws -> Finished {
        var output: [UInt8] = []
        do {
            while case let piece = try await [UInt8].filled(
                capacity: 256 << 10, { try await process.output.read(into: &$0) }), !piece.isEmpty
            {
                output += piece
            }
        } catch is SubprocessError {
            // How it ended is the answer here.
        }
        let status = try await process.exitStatus()
        return Finished(status: status, output: output, errors: messages.text)
    }
}

/// Lines that arrive on another thread.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}
