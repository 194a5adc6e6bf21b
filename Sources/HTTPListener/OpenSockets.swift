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
        ///
        /// The time is when the wait for the head of a request began; `nil` while there is none.
        var waits: [Int32: ContinuousClock.Instant?] = [:]
        var isClosed = false
    }

    /// Before the library is given the socket.
    func add(_ socket: Int32) { state.update { _ = $0.waits.updateValue(nil, forKey: socket) } }

    /// Before the socket is closed.
    func remove(_ socket: Int32) { state.update { _ = $0.waits.removeValue(forKey: socket) } }

    /// The library begins to wait for the head of a request, or has a whole one.
    ///
    /// It says so only of sockets whose end it will tell, so that no other that got the same number is ever ended.
    func note(_ socket: Int32, isWaiting: Bool) {
        state.update { state in
            guard state.waits[socket] != nil else { return }
            state.waits.updateValue(isWaiting ? .now : nil, forKey: socket)
        }
    }

    /// Ends connections on which no whole head came in that time: a client that sends a byte now and then is never idle.
    func endWaits(longerThan limit: Duration) {
        let latest = ContinuousClock.now - limit
        state.update { state in
            for (socket, start) in state.waits { if let start, start < latest { shutdown(socket, Int32(SHUT_RDWR)) } }
        }
    }

    /// Blocks until there are fewer than `limit`; false once nobody is to wait any more.
    func waitForRoom(below limit: Int) -> Bool {
        state.wait { state in state.isClosed ? false : state.waits.count < limit ? true : nil }
    }

    /// Ends every wait for room.
    func close() { state.update { $0.isClosed = true } }

    /// Has the library told of every socket from which something, or the end, can be read.
    ///
    /// Setting the low-water mark, even to what it is, makes Linux (4.18 and newer) look whether it is reached.
    func tellAgain() {
        state.update { state in
            var mark: Int32 = 1
            for socket in state.waits.keys {
                _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &mark, socklen_t(MemoryLayout<Int32>.size))
            }
        }
    }

    /// Tells again and again, and ends waits for a head, until it is cancelled.
    func watch(endingWaits limit: Duration) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            endWaits(longerThan: limit)
            tellAgain()
        }
    }
}
