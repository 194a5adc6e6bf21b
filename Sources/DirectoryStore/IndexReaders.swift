import LocalIndex
import Synchronization

/// Connections for readers, opened as they are needed: as many as threads ever read at once.
final class IndexReaders: Sendable {
    private let path: String
    private let state = Mutex(State())

    private struct State {
        var idle: [ConnectionOwner] = []
        var closed = false
    }

    init(path: String) { self.path = path }

    /// Runs `body` on one consistent view of the index.
    ///
    /// Blocks.
    func read<Result: Sendable>(_ body: (inout IndexConnection) throws -> Result) throws -> Result {
        let owner = try borrow()
        defer { giveBack(owner) }
        guard let result = try owner.use({ try $0.transaction(.read, body) }) else { throw IndexWriter.Closed() }
        return result
    }

    /// Brings what is in the log into the index's own file, which also shrinks if pages at its end have gone.
    ///
    /// Blocks; what others still read is left in the log.
    func checkpoint() throws {
        let owner = try borrow()
        defer { giveBack(owner) }
        try owner.use { connection throws(IndexError) in
            _ = try connection.all("PRAGMA wal_checkpoint(PASSIVE)") { _ in true }
        }
    }

    func close() {
        let idle = state.withLock { state in
            state.closed = true
            defer { state.idle = [] }
            return state.idle
        }
        for owner in idle { owner.close() }
    }

    private func borrow() throws -> ConnectionOwner {
        let idle = try state.withLock { state in
            guard !state.closed else { throw IndexWriter.Closed() }
            return state.idle.popLast()
        }
        return try idle ?? ConnectionOwner(try IndexConnection(path: path, mode: .read))
    }

    private func giveBack(_ owner: ConnectionOwner) {
        let kept = state.withLock { state in
            if !state.closed { state.idle.append(owner) }
            return !state.closed
        }
        if !kept { owner.close() }
    }
}
