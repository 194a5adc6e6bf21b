public import BlobStorage
import ByteStreams
public import FoundationEssentials
import LocalIndex
import Synchronization
import SystemCalls

/// A storage account in a local directory.
///
/// What was acknowledged is on the disk: the bytes first, then the index that makes them known. What was not
/// acknowledged is invisible, and its files are removed when the directory is opened again. The format is described in
/// `docs/formats/directory-store.md`.
public final class DirectoryAccount: ManagedAccount {
    public enum Access: Sendable {
        /// For a server: nobody else may use the directory meanwhile.
        case exclusive
        /// For commands: any number of them, but no server.
        case shared
    }

    /// Pieces of at most this many bytes lie in the index, since a file of their own would cost more than they do.
    static let inlineLimit = 16 << 10
    /// How long uncommitted blocks are kept, in seconds: a week after the last one was staged.
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/put-block>
    static let stagedSeconds = 7 * 24 * 3600

    public let path: String
    let clock: @Sendable () -> Date
    let random: @Sendable () -> UInt64
    let limits: StoreLimits
    let files: PieceFiles
    let writer: IndexWriter
    let readers: IndexReaders
    let threads: ThreadPool
    let numbers = PieceNumbers()
    /// Memory for bytes on their way from sources into files.
    let buffers = BufferAllowance(bytes: 8 << 20)
    private let session: Int
    private let locks: Mutex<DirectoryLocks?>
    private let nextCleaning: Mutex<Date>

    init(
        _ opened: consuming sending OpenedDirectory, files: PieceFiles, clock: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64, limits: StoreLimits, threads: ThreadPool
    ) throws {
        self.clock = clock
        self.random = random
        self.limits = limits
        self.files = files
        self.threads = threads
        path = files.layout.root
        session = opened.session
        nextCleaning = Mutex(clock())
        readers = IndexReaders(path: files.layout.index)
        let parts = opened.split()
        locks = Mutex(parts.locks)
        writer = try IndexWriter(parts.connection)
    }

    /// Opens the store in a directory, which is made if it is missing.
    ///
    /// Throws ``DirectoryStoreError``. Opening takes the same time however much is stored.
    /// - Parameter random: Makes tags that no other store has.
    public static func open(
        path: String, access: Access, clock: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64, limits: StoreLimits = .service
    ) async throws -> DirectoryAccount {
        try await open(path: path, access: access, clock: clock, random: random, limits: limits, probe: { _ in })
    }

    static func open(
        path: String, access: Access, clock: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64, limits: StoreLimits, probe: @escaping @Sendable (StoreStep) -> Void
    ) async throws -> DirectoryAccount {
        let threads = ThreadPool(name: "penstock-store", width: 8)
        let files = PieceFiles(layout: DirectoryLayout(root: path), probe: probe)
        let account = try await threads.run {
            try DirectoryAccount(
                OpenedDirectory(files: files, access: access, now: clock()), files: files, clock: clock, random: random,
                limits: limits, threads: threads)
        }
        try await account.cleanIfDue()
        return account
    }

    /// Finishes what was begun, and lets go of the directory.
    ///
    /// Everything asked afterwards is refused.
    ///
    /// It does not matter if the session cannot be taken out of the index: the next to open does that, as after a
    /// crash, and removes the files of pieces that were never settled.
    public func close() async throws {
        let session = session
        let settled = numbers.allSettled
        if settled {
            try? await writer.write { connection in
                try connection.run("DELETE FROM reservation WHERE session = ?", [.integer(session)])
                try connection.run("DELETE FROM session WHERE id = ?", [.integer(session)])
            }
        }
        await threads.run {
            writer.close()
            readers.close()
            if settled { try? Files.remove(files.layout.session(session)) }
            locks.withLock { $0 = nil }
        }
    }
}

// MARK: - Containers

extension DirectoryAccount {
    public func create(_ container: ContainerName, metadata: [String: String]) async throws -> ContainerProperties {
        try await create(container, metadata: metadata, publicAccess: .nothing)
    }

    public func create(
        _ container: ContainerName, metadata: [String: String], publicAccess: ContainerAccess.Public
    ) async throws -> ContainerProperties {
        let properties = ContainerProperties(
            name: container, tag: newContainerTag(), lastModified: Date(seconds: clock().seconds), metadata: metadata,
            access: ContainerAccess(publicAccess: publicAccess, policies: []))
        try await explained(container.text) { try await writer.write { try $0.create(properties) } }
        return properties
    }

    public func delete(_ container: ContainerName, if condition: AccessCondition) async throws {
        try await explained(container.text) {
            let now = clock()
            try await writer.write { try $0.remove(container, if: condition, now: now) }
            while try await collectContainer() {}
        }
    }

    public func containers(prefix: String, marker: String?, limit: Int) async throws -> ContainerPage {
        guard (1...5000).contains(limit) else { throw BlobStoreError(.badRequest, subject: prefix) }
        return try await read(prefix) { try $0.containers(prefix: prefix, marker: marker, limit: limit) }
    }

    public func store(of container: ContainerName) -> any BlobStore {
        DirectoryStore(account: self, container: container)
    }
}

// MARK: - What every operation needs

extension DirectoryAccount {
    func read<Result: Sendable>(
        _ subject: String, _ body: @Sendable (inout IndexConnection) throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        return try await explained(subject) { try await threads.run { try readers.read(body) } }
    }

    /// Runs `body` and turns what the index and the file system throw into what a blob store throws.
    func explained<Result>(_ subject: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            throw explanation(of: error, subject)
        }
    }

    func explanation(of error: any Error, _ subject: String) -> any Error {
        switch error {
        case let error as IndexError: BlobStoreError(error.storeKind, subject: subject, cause: error)
        case let error as SystemError:
            BlobStoreError(error.isNoSpace ? .noSpace : .serverFailure, subject: subject, cause: error)
        case is IndexWriter.Closed:
            BlobStoreError(.unreachable, subject: subject, cause: DirectoryStoreError(.closed, path: path))
        default: error
        }
    }

    /// A number for a new piece.
    func newNumber() async throws -> Int {
        let session = session
        while true {
            if let number = numbers.take() { return number }
            let first = try await writer.write { connection in
                let first =
                    try connection.first("SELECT value FROM counter WHERE name = 'piece'") { $0.integer(0) } ?? 1
                try connection.run(
                    "UPDATE counter SET value = ? WHERE name = 'piece'", [.integer(first + PieceNumbers.run)])
                try connection.run(
                    "INSERT INTO reservation (first, count, session) VALUES (?, ?, ?)",
                    [.integer(first), .integer(PieceNumbers.run), .integer(session)])
                return first
            }
            numbers.add(first: first)
        }
    }

    /// Says that a number's piece is recorded, or that nothing of it is left.
    func settle(_ number: Int) {
        guard let done = numbers.settle(number) else { return }
        writer.writeLater { try $0.run("DELETE FROM reservation WHERE first = ?", [.integer(done)]) }
    }

    /// Removes the files of pieces in the trash, then forgets them.
    func unlink(_ garbage: [Int]) async {
        guard !garbage.isEmpty else { return }
        let removed = await threads.run {
            files.probe(.removing)
            // What cannot be removed now stays in the trash and is tried again later.
            return garbage.filter { number in (try? files.remove(number)) != nil }
        }
        files.probe(.removed)
        writer.writeLater { connection in
            for number in removed { try connection.run("DELETE FROM trash WHERE piece = ?", [.integer(number)]) }
        }
    }
}

// MARK: - Cleaning

extension DirectoryAccount {
    /// Once an hour, and at opening: a bounded piece of the work that crashes and time leave behind.
    func cleanIfDue() async throws {
        let now = clock()
        let due = nextCleaning.withLock { next in
            guard next <= now else { return false }
            next = now.addingTimeInterval(3600)
            return true
        }
        guard due else { return }
        try await explained(path) {
            let more = try await collectContainer()
            let garbage = try await writer.write { connection in
                let before = now.seconds - Self.stagedSeconds
                let blobs = try connection.all(
                    "SELECT id FROM blob WHERE staged > 0 AND staged_at < ? LIMIT 100", [.integer(before)]
                ) { $0.integer(0) }
                for blob in blobs { _ = try connection.expireStaged(of: blob) }
                return try connection.all("SELECT piece FROM trash LIMIT 10000") { $0.integer(0) }
            }
            await unlink(garbage)
            if more || garbage.count == 10_000 { nextCleaning.withLock { $0 = now } }
        }
    }

    /// Removes some blobs of a deleted container, or the container if it has none left; false if there is none.
    private func collectContainer() async throws -> Bool {
        let (found, garbage) = try await writer.write { connection -> (Bool, [Int]) in
            let number = try connection.first("SELECT id FROM container WHERE name IS NULL LIMIT 1") { $0.integer(0) }
            guard let number else { return (false, []) }
            let blobs = try connection.all(
                "SELECT id FROM blob WHERE container = ? LIMIT 200", [.integer(number)]
            ) { $0.integer(0) }
            var garbage: [Int] = []
            for blob in blobs { garbage += try connection.remove(blob: blob) }
            if blobs.isEmpty { try connection.run("DELETE FROM container WHERE id = ?", [.integer(number)]) }
            return (true, garbage)
        }
        await unlink(garbage)
        return found
    }
}

extension IndexError {
    var storeKind: BlobStoreError.Kind {
        switch kind {
        case .busy: .busy
        case .noSpace: .noSpace
        case .corrupt: .corrupt
        case .notPermitted, .constraint, .failed: .serverFailure
        }
    }
}
