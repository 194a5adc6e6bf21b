import LocalIndex
import SystemCalls

/// What looking through the directory of a store has found.
///
/// The bytes of blobs are not read: that a file has its size does not say that its bytes are those that were written.
public struct DirectoryCheck: Sendable {
    public internal(set) var findings: [DirectoryFinding] = []
    /// Committed blobs.
    public internal(set) var blobs = 0
    public internal(set) var pieces = 0
    /// Of all pieces.
    public internal(set) var bytes = 0

    public func count(_ severity: DirectoryFinding.Severity) -> Int { findings.count { $0.severity == severity } }

    /// Looks through a directory while nobody else uses it.
    ///
    /// It changes nothing but what SQLite does at any opening: what a crash left in the index's log is read, and moved
    /// into the index when it is closed. Throws ``DirectoryStoreError`` if there is no store, or it is in use.
    public static func run(path: String) async throws -> DirectoryCheck {
        let threads = ThreadPool(name: "penstock-check", width: 1)
        return try await threads.run { try runNow(DirectoryLayout(root: path)) }
    }

    private static func runNow(_ layout: DirectoryLayout) throws -> DirectoryCheck {
        guard Files.exists(layout.index) else { throw DirectoryStoreError(.missing, path: layout.root) }
        var check = DirectoryCheck()
        do {
            let lock = try lock(layout)
            defer { lock.unlock() }
            var connection = try IndexConnection(path: layout.index, mode: .read)
            switch try connection.origin() {
            case .empty: return check
            case .foreign: throw DirectoryStoreError(.notAStore, path: layout.root)
            case .ours(let version):
                guard version <= DirectorySchema.version else {
                    throw DirectoryStoreError(.newerFormat, path: layout.root)
                }
                try connection.transaction(.read) { connection in
                    try check.lookThrough(&connection, version: version)
                    try check.compareFiles(&connection, layout)
                }
            }
        } catch let error as IndexError where error.kind == .corrupt {
            check.add(.indexDamaged, "index.sqlite", error.message)
        } catch let error as DirectoryStoreError {
            throw error
        } catch {
            throw DirectoryStoreError(.unusable, path: layout.root, cause: error)
        }
        return check
    }

    /// The same locks as a server takes, so that neither disturbs the other.
    private static func lock(_ layout: DirectoryLayout) throws -> Descriptor {
        let directory = try Files.openDirectory(layout.root)
        try directory.lock(.exclusive)
        let lock = try Files.open(layout.lock, .update)
        guard try lock.tryLock(.exclusive) else { throw DirectoryStoreError(.inUse, path: layout.root) }
        return lock
    }

    mutating func add(_ kind: DirectoryFinding.Kind, _ subject: String, _ text: String) {
        findings.append(DirectoryFinding(kind: kind, subject: subject, text: text))
    }
}
