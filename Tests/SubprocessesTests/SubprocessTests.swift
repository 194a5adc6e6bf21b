import Diagnostics
import Glibc
import Synchronization
import SystemCalls
import Testing

@testable import Subprocesses

@Suite("A subprocess")
struct SubprocessTests {
    @Test("hands over its output to the end")
    func output() async throws {
        let text = try await withSubprocess(shell("echo one; echo two"), standardInput: .null, standardOutput: .pipe) {
            try await $0.output.text()
        }
        #expect(text == "one\ntwo\n")
    }

    @Test("gets exactly the arguments and the environment it is given")
    func arguments() async throws {
        var command = shell(
            #"printf '%s|' "$@"; env | grep -v -e ^PWD -e ^SHLVL -e ^_= | sort"#, "a b", "", "*", "é'\"")
        command.environment["PGPASSWORD"] = "x = y"
        command.directory = "/"
        let text = try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) {
            try await $0.output.text()
        }
        #expect(text == "a b||*|é'\"|PATH=/usr/bin:/bin:/usr/sbin:/sbin\nPGPASSWORD=x = y\n")
    }

    @Test("starts in its own group, with default signals, none blocked, and three descriptors")
    func cleanStart() async throws {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_IGN)
            let script =
                "ls /proc/self/fd | tr '\\n' ' '; grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2 | tr '\\n' ' ';"
                + "cut -d' ' -f5 /proc/$$/stat; echo $$"
            let text = try await withSubprocess(shell(script), standardInput: .null, standardOutput: .pipe) {
                try await $0.output.text()
            }
            let words = text.split(whereSeparator: \.isWhitespace)
            // The fourth descriptor is the directory that ls reads; the C library keeps signals 32 and 33 for itself.
            guard words.count == 8, words[0..<4] == ["0", "1", "2", "3"], Int(words[4], radix: 16) == 0,
                let ignored = Int(words[5], radix: 16), ignored & 0x7fff_ffff == 0, words[6] == words[7]
            else { Glibc.exit(3) }
        }
    }

    @Test("that exits badly throws from the last read", arguments: [1, 2, 77, 255])
    func badExit(status: Int32) async throws {
        let command = shell("echo some; echo 'a complaint' >&2; exit \(status)")
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) {
                #expect(try await $0.output.line() == "some")
                _ = try await $0.output.text()
                Issue.record("the output ended well")
            }
        }
        #expect(error?.kind == .failed)
        #expect(error?.status == .exited(status))
        #expect(error?.messages == "a complaint\n")
        #expect(Explanation(try #require(error)).causes == ["sh wrote: a complaint"])
    }

    @Test("that is killed in the middle throws from the last read", arguments: [SIGKILL, SIGSEGV, SIGTERM])
    func killed(signal: Int32) async throws {
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(shell("exec yes"), standardInput: .null, standardOutput: .pipe) { process in
                _ = try await process.output.piece()
                kill(process.processID, signal)
                while case let piece = try await process.output.piece(), !piece.isEmpty {}
                Issue.record("the output ended well")
            }
        }
        #expect(error?.status == .signalled(signal))
    }

    @Test("that somebody else reaped is never taken for a success")
    func reapedElsewhere() {
        // Number 1 is no child of this process, so the kernel answers what it does for a child that is gone.
        let status = Processes.awaitEnd(1)
        #expect(status == .unknown)
        #expect(!status.isSuccess)
    }

    @Test("that nobody read must still exit with status 0")
    func unread() async throws {
        try await withSubprocess(shell("exit 0"), standardInput: .null, standardOutput: .null) { _ in }
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(shell("exit 3"), standardInput: .null, standardOutput: .null) { _ in }
        }
        #expect(error?.status == .exited(3))
    }

    @Test("whose status the caller asks for is judged by the caller")
    func askedStatus() async throws {
        let status = try await withSubprocess(shell("exit 3"), standardInput: .null, standardOutput: .null) {
            try await $0.exitStatus()
        }
        #expect(status == .exited(3))
    }

    @Test("may be stopped after the first bytes")
    func stopped() async throws {
        let byte = try await withSubprocess(shell("exec yes"), standardInput: .null, standardOutput: .pipe) {
            let line = try await $0.output.line()
            await $0.stop()
            return line
        }
        #expect(byte == "y")
    }

    @Test("whose output is closed early ends by the broken pipe")
    func closedReader() async throws {
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(shell("exec yes"), standardInput: .null, standardOutput: .pipe) {
                _ = try await $0.output.line()
            }
        }
        #expect(error?.status == .signalled(SIGPIPE))
    }

    @Test("that closes its output early is waited for", arguments: [0, 5] as [Int32])
    func earlyClose(status: Int32) async throws {
        let command = shell("echo x; exec >&-; read line; exit \(status)")
        let run = {
            try await withSubprocess(command, standardInput: .pipe, standardOutput: .pipe) { process in
                #expect(try await process.output.line() == "x")
                async let rest = process.output.text()
                try await process.input.write([UInt8(ascii: "\n")].span)
                try await process.input.finish()
                return try await rest
            }
        }
        if status == 0 {
            #expect(try await run() == "")
        } else {
            let error = await #expect(throws: SubprocessError.self) { try await run() }
            #expect(error?.status == .exited(status))
        }
    }

    @Test("that does not exist is reported at once")
    func missing() async throws {
        let command = Command(executable: "/nonexistent/pg_dump", arguments: [], environment: [:])
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(command, standardInput: .null, standardOutput: .null) { _ in
                Issue.record("the body ran")
            }
        }
        #expect(error?.kind == .notFound)
        #expect(error?.program == "pg_dump")
    }

    @Test(
        "is not started with what C strings cannot carry",
        arguments: [
            Command(executable: "/bin/true", arguments: ["a\0b"], environment: [:]),
            Command(executable: "/bin/true", arguments: [], environment: ["A": "b\0"]),
            Command(executable: "/bin/true", arguments: [], environment: ["A=B": "c"]),
            Command(executable: "/bin/true", arguments: [], environment: ["": "c"]),
            Command(executable: "/etc/passwd", arguments: [], environment: [:]),
        ])
    func unusable(command: Command) async throws {
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(command, standardInput: .null, standardOutput: .null) { _ in }
        }
        #expect(error?.kind == .notStarted)
    }

    @Test("never shows its environment")
    func hiddenEnvironment() {
        let command = Command(executable: "/bin/psql", arguments: ["a b", ""], environment: ["PGPASSWORD": "hunter2"])
        var dumped = ""
        dump(command, to: &dumped)
        #expect("\(command)" == "/bin/psql 'a b' ''")
        #expect(!(dumped + String(reflecting: command)).contains("hunter2"))
    }

    @Test("delivers its messages line by line, and keeps the first and the last of many")
    func messages() async throws {
        let lines = Mutex<[String]>([])
        let script = "i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done >&2; printf last >&2; exit 1"
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(shell(script), standardInput: .null, standardOutput: .null) { line in
                lines.withLock { $0.append(line) }
            } _: { _ in
            }
        }
        let expected = (0..<30000).map { "line \($0)" } + ["last"]
        #expect(lines.withLock { $0 } == expected)
        let messages = try #require(error?.messages)
        #expect(messages.hasPrefix("line 0\nline 1\n"))
        #expect(messages.hasSuffix("line 29999\nlast"))
        #expect(messages.contains(" bytes left out]\n"))
        #expect(messages.utf8.count < 132 << 10)
    }

    @Test("moves 100 MB through a pipe in each direction at once")
    func volume() async throws {
        let total = 100_000_000
        let command = Command(executable: "/bin/cat", arguments: [], environment: [:])
        let (sum, count) = try await withSubprocess(command, standardInput: .pipe, standardOutput: .pipe) { process in
            async let fed: Void = feed(total, to: process.input)
            var (sum, count) = (0, 0)
            while case let piece = try await process.output.piece(), !piece.isEmpty {
                for byte in piece where byte == 7 { sum += 1 }
                count += piece.count
            }
            try await fed
            return (sum, count)
        }
        #expect(count == total)
        #expect(sum == total / 1000)
    }

    private func feed(_ total: Int, to input: ProcessInput) async throws {
        var piece = [UInt8](repeating: 0, count: 100_000)
        for index in stride(from: 0, to: piece.count, by: 1000) { piece[index] = 7 }
        for _ in 0..<(total / piece.count) { try await input.write(piece.span) }
        try await input.finish()
    }

    @Test("runs beside many others without mixing them up")
    func many() async throws {
        let texts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for index in 0..<40 {
                group.addTask {
                    try await withSubprocess(
                        shell("read line; echo \(index) $line"), standardInput: .pipe, standardOutput: .pipe
                    ) { process in
                        try await process.input.write(Array("x\n".utf8).span)
                        try await process.input.finish()
                        return (index, try await process.output.text())
                    }
                }
            }
            return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
        }
        #expect(texts == Dictionary(uniqueKeysWithValues: (0..<40).map { ($0, "\($0) x\n") }))
    }
}
