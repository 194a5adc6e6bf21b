import Synchronization
import SystemCalls

/// Takes the connections that come to a listening socket, on a thread of its own.
///
/// The library could do that itself, but cannot be told to stop it safely: `MHD_quiesce_daemon` of 0.9.75 and the
/// library's own threads may both take the socket out of a thread's set, and whoever comes second ends the process.
final class Acceptor: Sendable {
    /// How long to wait for something to be closed when there is no descriptor left for a connection.
    private static let patience = Duration.milliseconds(100)

    private let socket: Mutex<Descriptor?>
    private let number: Int32
    private let stopping: Event
    private let sockets: OpenSockets
    private let limit: Int

    /// - Parameters:
    ///   - sockets: Where open connections are counted.
    ///   - limit: Connections at one time; more of them stay in the kernel's queue.
    init(_ socket: consuming Descriptor, counting sockets: OpenSockets, limit: Int) throws(SystemError) {
        try socket.makeNonBlocking()
        stopping = try Event()
        number = socket.number
        self.socket = Mutex(consume socket)
        self.sockets = sockets
        self.limit = limit
    }

    /// Gives every connection to `take`, until it is stopped; nobody can connect any more when it returns.
    ///
    /// Blocks. `take` becomes the owner of the descriptor, and answers false if it has closed it already.
    func run(_ take: (Int32) -> Bool) {
        while sockets.waitForRoom(below: limit) {
            do {
                if try stopping.wait(or: number, isReadyFor: .reading).contains(.event) { break }
                guard let connection = try socket.withLock({ try $0?.acceptIfReady() }) else { continue }
                let number = connection.surrender()
                sockets.add(number)
                if !take(number) { sockets.remove(number) }
            } catch {
                // Nearly always: no descriptor or memory is left. The connection waits meanwhile.
                if (try? stopping.wait(atMost: Self.patience)) ?? true { break }
            }
        }
        socket.withLock { $0 = nil }
    }

    /// Has `run` return soon.
    func stop() {
        stopping.signal()
        sockets.close()
    }
}
