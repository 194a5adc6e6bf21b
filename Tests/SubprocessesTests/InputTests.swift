import ByteStreams
import Glibc
import Subprocesses
import SystemCalls
import Testing

@Suite("The input of a subprocess")
struct InputTests {
    @Test("is fed from a source to its good end")
    func feed() async throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        let count = try await withSubprocess(shell("wc -c"), standardInput: .pipe, standardOutput: .pipe) { process in
            try await process.input.feed(MemorySource(bytes, step: 7777))
            return try await process.output.text()
        }
        #expect(count == "300000\n")
    }

    @Test("is never ended when its source fails: the child is dead before it could see the end")
    func failingSource() async throws {
        let directory = try Files.makeTemporaryDirectory(in: "/tmp", prefix: "subprocess-")
        defer { try? Files.removeTree(directory) }
        // Would write the file if it saw the end of its input; it shrugs off SIGTERM.
        let command = shell("trap '' TERM; cat >/dev/null; echo committed >\"$1\"", directory + "/committed")
        await #expect(throws: StreamError.self) {
            try await withSubprocess(
                command, standardInput: .pipe, standardOutput: .null, grace: .milliseconds(300)
            ) { process in
                try await process.input.feed(FailingSource())
            }
        }
        #expect(!Files.exists(directory + "/committed"))
    }

    @Test("that was never finished is an error, and the child is dead")
    func unfinished() async throws {
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(shell("cat"), standardInput: .pipe, standardOutput: .null) { process in
                try await process.input.write([1].span)
            }
        }
        #expect(error?.kind == .inputUnfinished)
    }

    @Test("cannot be finished after a failed write")
    func finishAfterFailure() async throws {
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(shell("exit 0"), standardInput: .pipe, standardOutput: .null) { process in
                while (try? await process.input.write([UInt8](repeating: 0, count: 4096).span)) != nil {}
                try await process.input.finish()
            }
        }
        #expect(error?.kind == .inputUnfinished)
    }

    @Test("cannot be finished by a cancelled task")
    func finishCancelled() async throws {
        await #expect(throws: CancellationError.self) {
            try await withSubprocess(shell("cat"), standardInput: .pipe, standardOutput: .null) { process in
                try await inCancelledTask { try await process.input.finish() }
            }
        }
    }

    @Test("into a child that failed shows how it failed, not the broken pipe")
    func brokenPipe() async throws {
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(
                shell("read line; echo 'no such table' >&2; exit 3"), standardInput: .pipe, standardOutput: .null
            ) { process in
                while true { try await process.input.write([UInt8](repeating: 10, count: 65536).span) }
            }
        }
        #expect(error?.kind == .failed)
        #expect(error?.status == .exited(3))
        #expect(error?.messages == "no such table\n")
    }

    @Test("into a child that exits well before it has read everything is refused")
    func refused() async throws {
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(shell("head -c 10 >/dev/null"), standardInput: .pipe, standardOutput: .null) {
                while true { try await $0.input.write([UInt8](repeating: 10, count: 65536).span) }
            }
        }
        #expect(error?.kind == .inputRefused)
        #expect(error?.status == .success)
    }

    @Test("into a child that closes it and lives on is refused after the grace")
    func closedAlive() async throws {
        let error = await #expect(throws: SubprocessError.self) {
            try await withSubprocess(
                shell("exec 0<&-; exec sleep 1000"), standardInput: .pipe, standardOutput: .null,
                grace: .milliseconds(50)
            ) {
                while true { try await $0.input.write([UInt8](repeating: 10, count: 65536).span) }
            }
        }
        #expect(error?.kind == .inputRefused)
        #expect(error?.status == nil)
    }

    @Test("can be an open descriptor, and so can the output")
    func descriptors() async throws {
        let pipe = try Pipe()
        let file = try MemoryFile(Array("from memory".utf8).span, name: "input")
        let input = try Files.open("/proc/self/fd/\(file.descriptor.number)", .read)
        try await withSubprocess(
            shell("cat"), standardInput: .descriptor(input), standardOutput: .descriptor(pipe.writing)
        ) { _ in }
        let text = try [UInt8](filling: 100) { (span) throws(SystemError) in _ = try pipe.reading.read(into: &span) }
        #expect(String(decoding: text, as: UTF8.self) == "from memory")
    }
}

/// Gives some bytes, then fails.
struct FailingSource: ByteSource {
    private var reads = 0

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        reads += 1
        guard reads < 4 else { throw StreamError(kind: .endedEarly(expected: 100, received: 3)) }
        buffer.append(UInt8(ascii: "\n"))
    }
}
