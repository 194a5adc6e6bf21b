import Glibc
import Synchronization

/// The sockets of the connections there are, so that none is forgotten whose client has closed its side.
///
/// The kernel tells the library once that something has come. If those are the last bytes and the end of the stream
/// together, the library reads the bytes, takes a short read for all there is, and is never told of the end: the
/// connection would stay, and its handler wait, until it has been idle for too long. So the kernel is asked now and then
/// to tell again.
final class OpenSockets: Sendable {
    /// How long the end of a stream may go unnoticed.
    static let interval = Duration.milliseconds(500)

    private let numbers = Mutex<Set<Int32>>([])

    func add(_ socket: Int32) { numbers.withLock { _ = $0.insert(socket) } }

    /// Before the socket is closed.
    func remove(_ socket: Int32) { numbers.withLock { _ = $0.remove(socket) } }

    /// Has the library told of every socket from which something, or the end, can be read.
    ///
    /// Setting the low-water mark, even to what it is, makes Linux (4.18 and newer) look whether it is reached.
    func tellAgain() {
        numbers.withLock { numbers in
            var mark: Int32 = 1
            for socket in numbers {
                _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &mark, socklen_t(MemoryLayout<Int32>.size))
            }
        }
    }

    /// Tells again and again until it is cancelled.
    func watch() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            tellAgain()
        }
    }
}
