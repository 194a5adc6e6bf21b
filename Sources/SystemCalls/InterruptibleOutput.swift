import CGlibcShim
import Glibc

/// A file, a pipe or a socket to write to, where an event ends a wait for a reader that takes nothing.
///
/// A pipe may be shared with other processes, as standard output is, so it is not made non-blocking: that would change
/// it for all of them. It is opened a second time instead. Where that is not allowed, no more is written at once than
/// a pipe that says it is ready takes without waiting; but another process may take that room first, and then the write
/// waits for the reader and no event ends it.
public struct InterruptibleOutput: ~Copyable, Sendable {
    private enum Kind {
        /// A file or a device: its writes never wait for anybody.
        case file
        /// A pipe opened for this process alone.
        case pipe
        /// A pipe that others share.
        case sharedPipe
        case socket
    }

    private let descriptor: Descriptor
    private let kind: Kind

    public init(_ descriptor: consuming Descriptor) throws(SystemError) {
        switch try descriptor.fileType() {
        case S_IFIFO:
            if let own = try? descriptor.openedAgain() {
                self.init(own, .pipe)
            } else {
                self.init(descriptor, .sharedPipe)
            }
        case S_IFSOCK: self.init(descriptor, .socket)
        default: self.init(descriptor, .file)
        }
    }

    /// The way of pipes that cannot be opened a second time.
    init(sharing pipe: consuming Descriptor) { self.init(pipe, .sharedPipe) }

    private init(_ descriptor: consuming Descriptor, _ kind: Kind) {
        self.descriptor = descriptor
        self.kind = kind
    }

    /// Writes all of `bytes`, blocking this thread while the other side is slow; false if `event` happened before.
    ///
    /// A reader that has gone is the error `EPIPE` and never a `SIGPIPE`.
    public func write(_ bytes: Span<UInt8>, unless event: borrowing Event) throws(SystemError) -> Bool {
        var done = 0
        while done < bytes.count {
            let outcome = try event.wait(or: descriptor.number, isReadyFor: .writing)
            guard !outcome.contains(.event) else { return false }
            done += try writeSome(bytes.extracting(done..<bytes.count))
        }
        return true
    }

    /// Closes it, so that the other side sees the end.
    public consuming func close() throws(SystemError) { try descriptor.close() }

    /// Writes as much as there is room for, and answers how much that was.
    private func writeSome(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        switch kind {
        case .file, .pipe: try descriptor.writeIfReady(bytes)
        // POSIX: a pipe that is ready for writing has room for PIPE_BUF bytes, as long as nobody else writes.
        case .sharedPipe: try descriptor.writeIfReady(bytes.extracting(first: Int(PIPE_BUF)))
        case .socket: try descriptor.sendIfReady(bytes)
        }
    }
}

extension Descriptor {
    fileprivate func fileType() throws(SystemError) -> mode_t {
        var status = stat()
        try checked("fstat") { unsafe fstat(number, &status) }
        return status.st_mode & S_IFMT
    }

    /// Another opening of the same pipe for writing, which does not block.
    fileprivate func openedAgain() throws(SystemError) -> Descriptor {
        let path = "/proc/self/fd/\(number)"
        return Descriptor(
            owning: try checked("open", path) { unsafe penstock_open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0) })
    }

    /// Like `writeIfReady` on a socket, whether or not it blocks.
    fileprivate func sendIfReady(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        do throws(SystemError) {
            return unsafe try bytes.withUnsafeBufferPointer { (buffer) throws(SystemError) -> Int in
                try checked("send") {
                    unsafe send(number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
                }
            }
        } catch {
            guard error.number == EAGAIN else { throw error }
            return 0
        }
    }
}
