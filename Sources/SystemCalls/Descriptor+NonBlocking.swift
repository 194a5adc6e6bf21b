import CGlibcShim
import Glibc

extension Descriptor {
    /// Makes calls answer at once instead of waiting; for the ends of pipes and sockets that nobody else shares.
    public func makeNonBlocking() throws(SystemError) {
        try checked("fcntl") { penstock_set_nonblocking(number) }
    }

    /// Like `read(into:)` on a descriptor that does not block: `nil` if nothing is there yet, 0 at the end.
    public func readIfReady(into buffer: inout OutputSpan<UInt8>) throws(SystemError) -> Int? {
        do throws(SystemError) {
            return try read(into: &buffer)
        } catch {
            guard error.number == EAGAIN else { throw error }
            return nil
        }
    }

    /// Writes as much of `bytes` as there is room for and answers how much; 0 if there is none yet.
    ///
    /// A reader that has gone is the error `EPIPE` and never a `SIGPIPE`.
    public func writeIfReady(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        do throws(SystemError) {
            return unsafe try bytes.withUnsafeBufferPointer { (buffer) throws(SystemError) -> Int in
                try checked("write") { unsafe penstock_write_quietly(number, buffer.baseAddress, buffer.count) }
            }
        } catch {
            guard error.number == EAGAIN else { throw error }
            return 0
        }
    }

    /// The next connection that waits on a listening socket, itself not blocking; `nil` if there is none.
    ///
    /// A connection that was given up while it waited counts as none.
    public func acceptIfReady() throws(SystemError) -> Descriptor? {
        do throws(SystemError) {
            return Descriptor(owning: try checked("accept") { penstock_accept_cloexec(number) })
        } catch {
            guard error.number == EAGAIN || error.number == ECONNABORTED else { throw error }
            return nil
        }
    }
}
