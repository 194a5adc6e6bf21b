import ByteStreams
import Glibc
import Subprocesses
import SystemCalls

/// A shell with a script and nothing in its environment but a search path.
func shell(_ script: String, _ arguments: String...) -> Command {
    Command(
        executable: "/bin/sh", arguments: ["-c", script, "sh"] + arguments,
        environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"])
}

extension ProcessOutput {
    /// The next bytes, or none at the good end.
    func piece() async throws -> [UInt8] {
        try await [UInt8].filled(capacity: 64 << 10) { try await read(into: &$0) }
    }

    /// Reads to the good end.
    func text() async throws -> String {
        var bytes: [UInt8] = []
        while case let piece = try await piece(), !piece.isEmpty { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads one line, a byte at a time.
    func line() async throws -> String {
        var bytes: [UInt8] = []
        while case let byte = try await [UInt8].filled(capacity: 1, { try await read(into: &$0) }), !byte.isEmpty {
            guard byte != [UInt8(ascii: "\n")] else { break }
            bytes += byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// True once no process has that number; a killed orphan needs a moment to be reaped by init.
func disappears(_ process: Int32) -> Bool {
    let deadline = ContinuousClock.now.advanced(by: .seconds(20))
    while ContinuousClock.now < deadline {
        if kill(process, 0) == -1, errno == ESRCH { return true }
        if state(of: process) == "Z" { return true }  // dead; nobody in a container may reap orphans
        sched_yield()
    }
    return false
}

private func state(of process: Int32) -> String {
    guard let bytes = try? Files.contents(of: "/proc/\(process)/stat", limit: 4096) else { return "" }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.split(separator: ")").last.map { String($0.dropFirst().prefix(1)) } ?? ""
}

/// Runs `body` in a task that is cancelled before it begins.
func inCancelledTask(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.cancelAll()
        group.addTask { try await body() }
        try await group.waitForAll()
    }
}
