public import ByteStreams
import Glibc
import SystemCalls

/// The standard output of a child, which ends well only if the child exited with status 0.
///
/// At the end of the bytes the read waits for the child, and throws ``SubprocessError`` with its status and messages if
/// that was anything else: the end of a pipe alone cannot be told from success.
public struct ProcessOutput: ByteSource, Sendable {
    let child: Child

    public func read(into buffer: inout OutputSpan<UInt8>) async throws {
        guard let end = child.output else { throw SystemError(call: "read", number: EBADF) }
        while true {
            try Task.checkCancellation()
            if let count = try end.read(into: &buffer) {
                return count > 0 ? () : try await child.requireSuccess()
            }
            try await child.wait(for: end, .reading)
        }
    }
}
