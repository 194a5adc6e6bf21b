public import ByteStreams
import Glibc
import SystemCalls

/// The standard input of a child.
///
/// The child sees the end of its input only by ``finish()``, and `finish` refuses after a failed write or in a cancelled
/// task. Left without it, the scope kills the child first: there is no way to make it take half of its input for all.
public struct ProcessInput: ByteSink, Sendable {
    let child: Child

    /// Takes all of `bytes`; waits while the child is slow.
    ///
    /// If the child has ended or stopped reading, the error says how it ended and what it wrote, not `EPIPE`.
    public func write(_ bytes: Span<UInt8>) async throws {
        do {
            try await writeAll(bytes)
        } catch let error as SystemError where error.isBrokenPipe {
            child.markInputBroken()
            throw await child.inputError()
        } catch {
            child.markInputBroken()
            throw error
        }
    }

    private func writeAll(_ bytes: Span<UInt8>) async throws {
        guard let end = child.input else { throw SystemError(call: "write", number: EBADF) }
        var done = 0
        while done < bytes.count {
            try Task.checkCancellation()
            let written = try end.write(bytes.extracting(done...))
            done += written
            if written == 0 { try await child.wait(for: end, .writing) }
        }
    }

    /// Ends the input: what was written is everything.
    public func finish() async throws {
        try Task.checkCancellation()
        try child.finishInput()
    }

    /// Writes the whole of `source`, then finishes.
    ///
    /// If the source fails, the input stays unfinished.
    public func feed(_ source: consuming some ByteSource & ~Copyable) async throws {
        var source = source
        while true {
            let piece = try await [UInt8].filled(capacity: 256 << 10) { try await source.read(into: &$0) }
            guard !piece.isEmpty else { break }
            try await write(piece.span)
        }
        try await finish()
    }
}
