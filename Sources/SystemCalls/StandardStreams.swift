import Glibc

extension Descriptor {
    /// A descriptor of its own for the process's standard input.
    public static func standardInput() throws(SystemError) -> Descriptor { try duplicate(STDIN_FILENO) }
    /// A descriptor of its own for the process's standard output.
    public static func standardOutput() throws(SystemError) -> Descriptor { try duplicate(STDOUT_FILENO) }
    /// A descriptor of its own for the process's standard error.
    public static func standardError() throws(SystemError) -> Descriptor { try duplicate(STDERR_FILENO) }

    private static func duplicate(_ number: Int32) throws(SystemError) -> Descriptor {
        Descriptor(owning: try checked("dup") { fcntl(number, F_DUPFD_CLOEXEC, 3) })
    }
}

/// What this machine and this process are.
public enum Machine {
    /// The machine's host name, or an empty text.
    public static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Ends the process at once, without waiting for anything.
    public static func exitNow(_ status: Int32) -> Never { _exit(status) }

    /// Parks the calling thread for good, with the signals blocked that are blocked in it now.
    public static func waitForever() -> Never { while true { pause() } }

    /// The process's environment.
    public static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            unsafe entry += 1
        }
        return variables
    }
}

extension Descriptor {
    /// Reads up to a line feed, the end, or `limit` bytes, one byte at a time: nothing of what follows is taken.
    public func readLine(limit: Int) throws(SystemError) -> String {
        var line: [UInt8] = []
        while line.count < limit {
            var count = 0
            var failure: SystemError?
            let byte = unsafe [UInt8](unsafeUninitializedCapacity: 1) { buffer, initialized in
                var span = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
                do throws(SystemError) { count = try read(into: &span) } catch { failure = error }
                initialized = unsafe span.finalize(for: buffer)
            }
            if let failure { throw failure }
            guard count > 0, byte[0] != UInt8(ascii: "\n") else { break }
            line += byte
        }
        return String(decoding: line, as: UTF8.self)
    }
}
