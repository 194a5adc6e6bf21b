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
    let cleaner: StoreCleaner

    init(
        _ opened: consuming sending OpenedDirectory, files: PieceFiles, clock: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64, limits: StoreLimits, threads: ThreadPool,
        tick: Duration
    ) throws {
        self.clock = clock
        self.random = random
        self.limits = limits
        self.files = files
        self.threads = threads
        path = files.layout.root
        session = opened.session
        readers = IndexReaders(path: files.layout.index)
        let parts = opened.split()
        locks = Mutex(parts.locks)
        writer = try IndexWriter(parts.connection)
        cleaner = try StoreCleaner(
            CleaningWork(files: files, writer: writer, readers: readers, numbers: numbers, clock: clock), tick: tick)
    }

    /// Opens the store in a directory, which is made if it is missing.
    ///
    /// Throws ``DirectoryStoreError``. Opening takes the same time however much is stored.
    /// - Parameter random: Makes tags that no other store has.
    public static func open(
        path: String, access: Access, clock: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64, limits: StoreLimits = .service
    ) async throws -> DirectoryAccount {
        try await open(
            path: path, access: access, clock: clock, random: random, limits: limits, tick: .seconds(10),
            probe: { _ in })
    }

    /// - Parameter tick: How often the clock is looked at for what has become old.
    static func open(
        path: String, access: Access, clock: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64, limits: StoreLimits, tick: Duration = .seconds(10),
        probe: @escaping @Sendable (StoreStep) -> Void
    ) async throws -> DirectoryAccount {
        let threads = ThreadPool(name: "penstock-store", width: 8)
        let files = PieceFiles(layout: DirectoryLayout(root: path), probe: probe)
        return try await threads.run {
            try DirectoryAccount(
                OpenedDirectory(files: files, access: access, now: clock()), files: files, clock: clock, random: random,
                limits: limits, threads: threads, tick: tick)
        }
    }

    /// Finishes what was begun, and lets go of the directory.
    ///
    /// Everything asked afterwards is refused. What is left to clean up after a second is left to the next opening.
    ///
    /// It does not matter if the session cannot be taken out of the index: the next to open does that, as after a
    /// crash, and removes the files of pieces that were never settled.
    public func close() async throws {
        let session = session
        await threads.run { cleaner.close(within: .seconds(1)) }
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
            cleaner.collectContainers()
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
        case let error as IndexError: storeError(error.storeKind, subject, error)
        case let error as SystemError: storeError(error.isNoSpace ? .noSpace : .serverFailure, subject, error)
        case is IndexWriter.Closed:
            BlobStoreError(.unreachable, subject: subject, cause: DirectoryStoreError(.closed, path: path))
        default: error
        }
    }

    private func storeError(_ kind: BlobStoreError.Kind, _ subject: String, _ cause: any Error) -> BlobStoreError {
        if kind == .noSpace { cleaner.noteShortage() }
        return BlobStoreError(kind, subject: subject, cause: cause)
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
        writer.writeLater { try $0.giveBack(run: done) }
    }

    /// Has the files of pieces in the trash removed, behind the answer.
    func discard(_ garbage: [Int]) { cleaner.remove(garbage) }

    /// Waits, where there was no space lately, until what was deleted since then has made some.
    func awaitSpace() async {
        guard cleaner.isSpaceShort else { return }
        let limit = ContinuousClock.now + .seconds(5)
        // Not on a thread of the pool: reads need no space and those threads.
        while cleaner.isBusy, ContinuousClock.now < limit {
            guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { return }
        }
        cleaner.endShortage()
    }

    /// Waits until all that is to be cleaned now has been; for tests that look at the space afterwards.
    func finishCleaning() async { await threads.run { cleaner.waitUntilIdle() } }
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
