import Synchronization

/// Holds a session until its connection is closed.
final class SessionBox: Sendable {
    private let session: Mutex<Session?>

    init(_ session: Session) { self.session = Mutex(session) }

    var value: Session? { session.withLock { $0 } }

    /// Lets go of the session, which says goodbye to the server.
    func empty() { session.withLock { $0 = nil } }
}
