public import Diagnostics
import Glibc

/// A system call that failed.
public struct SystemError: ExplainedError, Equatable {
    /// The call, such as `open`.
    public let call: String
    /// What it was about: a path, or empty.
    public let subject: String
    /// The value of `errno`.
    public let number: Int32

    public init(call: String, subject: String = "", number: Int32) {
        self.call = call
        self.subject = subject
        self.number = number
    }

    public var code: String { "system.\(call)" }

    public var summary: String {
        let what = subject.isEmpty ? call : "\(call) \(subject)"
        return "\(what): \(Self.message(number))"
    }

    public var remedy: String? {
        switch number {
        case ENOSPC, EDQUOT: "Free some space on that file system, then try again."
        case EMFILE, ENFILE: "Raise the limit of open files (`ulimit -n`)."
        case EPIPE: "The program that reads the output ended before it had read all of it; look at what it says."
        case EACCES, EPERM: "Check who owns that path and its permissions."
        default: nil
        }
    }

    public var exitCode: ExitCode {
        switch number {
        case ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM: .limit
        case ENOENT: .notFound
        case EEXIST: .exists
        case EACCES, EPERM: .notPermitted
        default: .failed
        }
    }

    /// True for errors that say there is no room: `ENOSPC` and `EDQUOT`.
    public var isNoSpace: Bool { number == ENOSPC || number == EDQUOT }
    public var isNotFound: Bool { number == ENOENT }
    public var isBrokenPipe: Bool { number == EPIPE }
    public var alreadyExists: Bool { number == EEXIST }

    private static func message(_ number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        // The GNU variant of strerror_r is not imported; the POSIX one fills the buffer.
        _ = unsafe strerror_r(number, &buffer, buffer.count)
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? "error \(number)" : String(decoding: bytes, as: UTF8.self)
    }
}

/// Runs a call that answers -1 and sets `errno`, again when a signal interrupted it.
@discardableResult
func checked<Value: FixedWidthInteger & SignedInteger>(
    _ call: String, _ subject: String = "", _ body: () -> Value
) throws(SystemError) -> Value {
    while true {
        let value = body()
        if value != -1 { return value }
        let number = errno
        if number == EINTR { continue }
        throw SystemError(call: call, subject: subject, number: number)
    }
}
