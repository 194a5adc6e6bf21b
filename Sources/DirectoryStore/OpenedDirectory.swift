import FoundationEssentials
import LocalIndex
import SystemCalls

/// The locks that an open store holds: of the directory, and of its own session.
struct DirectoryLocks: ~Copyable, Sendable {
    let access: Descriptor
    let session: Descriptor

    deinit {
        // Closing alone is not enough: a child that is just being started has copies until it runs its program.
        access.unlock()
        session.unlock()
    }
}

/// A directory that has been checked, locked and, if it was new, prepared.
struct OpenedDirectory: ~Copyable, Sendable {
    struct Parts: ~Copyable, Sendable {
        let connection: IndexConnection
        let locks: DirectoryLocks
    }

    let session: Int
    private let connection: IndexConnection
    private let locks: DirectoryLocks

    consuming func split() -> Parts { Parts(connection: connection, locks: locks) }

    /// Blocks; throws ``DirectoryStoreError``.
    /// - Parameter synchronize: Waits until the names in a directory are on the disk.
    init(
        files: PieceFiles, access: DirectoryAccount.Access, now: Date,
        synchronize: (String) throws(SystemError) -> Void = { path throws(SystemError) in
            try Files.openDirectory(path).synchronize()
        }
    ) throws {
        let layout = files.layout
        do {
            // Each has its name in the one above it, and without that name nothing below is found.
            try Files.makeDirectories(layout.root) { path throws(SystemError) in try synchronize(path + "/..") }
            // Held while opening: two that open at once do not see each other's half-made index.
            let directory = try Files.openDirectory(layout.root)
            try directory.lock(.exclusive)
            let names = try Files.names(in: layout.root)
            guard names.contains("index.sqlite") || DirectoryLayout.ownNames.isSuperset(of: names) else {
                throw DirectoryStoreError(.notAStore, path: layout.root)
            }
            let lock = try Files.open(layout.lock, .update)
            guard try lock.tryLock(access == .exclusive ? .exclusive : .shared) else {
                throw DirectoryStoreError(.inUse, path: layout.root)
            }
            // Made here, because SQLite lets everybody read what it makes; the files beside it take its permissions.
            _ = try Files.open(layout.index, .update)
            var connection = try IndexConnection(path: layout.index, mode: .update)
            try Self.prepare(&connection, layout, synchronize)
            let session = try Self.beginSession(&connection, now)
            let file = try Files.open(layout.session(session), .update)
            guard try file.tryLock(.exclusive) else { throw DirectoryStoreError(.inUse, path: layout.root) }
            try Self.clearAway(&connection, files, besides: session)
            // Only a server copies, and while one does nobody else has the directory open.
            if access == .exclusive { try connection.transaction(.write) { try $0.failCopies(now: now) } }
            self.session = session
            self.connection = connection
            locks = DirectoryLocks(access: lock, session: file)
        } catch {
            throw Self.explanation(of: error, layout.root)
        }
    }

    private static func prepare(
        _ connection: inout IndexConnection, _ layout: DirectoryLayout,
        _ synchronize: (String) throws(SystemError) -> Void
    ) throws {
        switch try connection.origin() {
        case .foreign: throw DirectoryStoreError(.notAStore, path: layout.root)
        case .ours(let version):
            guard version <= DirectorySchema.version else { throw DirectoryStoreError(.newerFormat, path: layout.root) }
            try connection.upgrade(from: version)
        case .empty:
            try layout.makeFolders()
            try connection.letShrink()
            try connection.upgrade(from: 0)
            // The names of the index's own files, and of the directory itself.
            try synchronize(layout.root)
            try synchronize(layout.root + "/..")
        }
    }

    private static func beginSession(_ connection: inout IndexConnection, _ now: Date) throws -> Int {
        try connection.transaction(.write) { connection in
            try connection.run("INSERT INTO session (opened) VALUES (?)", [.integer(now.seconds)])
            return connection.lastInsertedID
        }
    }

    /// Removes what sessions that ended without closing have left: files they made and never recorded.
    private static func clearAway(
        _ connection: inout IndexConnection, _ files: PieceFiles, besides own: Int
    ) throws {
        let sessions: [Int] = try connection.all("SELECT id FROM session") { $0.integer(0) }
        for session in sessions where session != own {
            let path = files.layout.session(session)
            // A session that still lives holds its lock.
            guard try Files.open(path, .update).tryLock(.exclusive) else { continue }
            let runs = try connection.all(
                "SELECT first, count FROM reservation WHERE session = ?", [.integer(session)]
            ) { $0.integer(0)..<$0.integer(0) + $0.integer(1) }
            let unknown = try runs.joined().filter { number in
                try connection.first("SELECT 1 FROM piece WHERE id = ?", [.integer(number)]) { _ in true } == nil
            }
            for number in unknown { try files.remove(number) }
            files.probe(.removed)
            // Those too that were not there: an opening that was killed may have removed them. If it is not sure that
            // they are gone for good, the next opening looks again.
            guard files.synchronizeRemoval(of: unknown).count == unknown.count else { continue }
            try connection.transaction(.write) { connection in
                try connection.run("DELETE FROM reservation WHERE session = ?", [.integer(session)])
                try connection.run("DELETE FROM session WHERE id = ?", [.integer(session)])
            }
            try Files.remove(path)
        }
    }

    private static func explanation(of error: any Error, _ path: String) -> DirectoryStoreError {
        switch error {
        case let error as DirectoryStoreError: error
        case let error as IndexError where error.kind == .corrupt:
            DirectoryStoreError(.corrupt, path: path, cause: error)
        default: DirectoryStoreError(.unusable, path: path, cause: error)
        }
    }
}
