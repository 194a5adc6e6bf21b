import Glibc
import SystemCalls

/// The sockets of the connections there are, so that none is forgotten whose client has closed its side.
///
/// The kernel tells the library once that something has come. If those are the last bytes and the end of the stream
/// together, the library reads the bytes, takes a short read for all there is, and is never told of the end: the
/// connection would stay, and its handler wait, until it has been idle for too long. So the kernel is asked now and then
/// to tell again.
final class OpenSockets: Sendable {
    /// How long the end of a stream may go unnoticed.
    static let interval = Duration.milliseconds(500)

    private let state = Monitor(State())

    private struct State {
        /// One that the library closed without a word is forgotten when its number is given away again.
        var numbers: Set<Int32> = []
        var isClosed = false
    }

    /// Before the library is given the socket.
    func add(_ socket: Int32) { state.update { _ = $0.numbers.insert(socket) } }

    /// Before the socket is closed.
    func remove(_ socket: Int32) { state.update { _ = $0.numbers.remove(socket) } }

    /// Blocks until there are fewer than `limit`; false once nobody is to wait any more.
    func waitForRoom(below limit: Int) -> Bool {
        state.wait { state in state.isClosed ? false : state.numbers.count < limit ? true : nil }
    }

    /// Ends every wait for room.
    func close() { state.update { $0.isClosed = true } }

    /// Has the library told of every socket from which something, or the end, can be read.
    ///
    /// Setting the low-water mark, even to what it is, makes Linux (4.18 and newer) look whether it is reached.
    func tellAgain() {
        state.update { state in
            var mark: Int32 = 1
            for socket in state.numbers {
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
