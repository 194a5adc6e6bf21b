import Glibc
import Subprocesses
import SystemCalls
import TestSupport
import Testing

/// What only a whole program shows: the signals of a process belong to all of it.
@Suite("An interrupted program", .enabled(if: Files.isExecutable(BuiltProgram.path("penstock")), "it is not built"))
struct ProgramSignalTests {
    /// Runs a server that was started with `ignored` ignored, and hands its number to `body` once it listens.
    private func withServer(
        ignoring ignored: String, _ body: (Int32) throws -> Void
    ) async throws -> Subprocesses.ExitStatus {
        try await withTemporaryDirectory { path in
            let command = Command(
                executable: "/usr/bin/env",
                arguments: [
                    "--ignore-signal=\(ignored)", BuiltProgram.path("penstock"), "serve", "--data", path, "--port", "0",
                ], environment: [:])
            return try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) { process in
                _ = try await process.output.line()
                try body(process.processID)
                return try await process.exitStatus()
            }
        }
    }

    @Test("ends in its own way, not by the signal", arguments: [SIGINT, SIGTERM, SIGHUP])
    func graceful(signal: Int32) async throws {
        let status = try await withServer(ignoring: "USR1") { kill($0, signal) }
        #expect([.exited(0), .exited(130)].contains(status))
    }

    @Test("goes on after a signal that it was told to ignore")
    func ignored() async throws {
        let status = try await withServer(ignoring: "HUP") { process in
            let text = String(decoding: try Files.contents(of: "/proc/\(process)/status"), as: UTF8.self)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("SigBlk:") })
            let blocked = try #require(UInt64(line.dropFirst(7).drop { $0.isWhitespace }, radix: 16))
            // Blocked is what it waits for: SIGTERM and not SIGHUP.
            #expect(blocked & 1 << (SIGHUP - 1) == 0)
            #expect(blocked & 1 << (SIGTERM - 1) != 0)
            kill(process, SIGTERM)
        }
        #expect([.exited(0), .exited(130)].contains(status))
    }
}
