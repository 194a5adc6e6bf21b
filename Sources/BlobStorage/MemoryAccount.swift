public import FoundationEssentials
import Synchronization

/// A storage account that lives in memory and ends with the process: for tests, and for trying things out.
public final class MemoryAccount: BlobAccount {
    let clock: @Sendable () -> Date
    let random: @Sendable () -> UInt64
    let limits: StoreLimits
    let keepsBytes: Bool
    let containers = Mutex<[ContainerName: MemoryContainer]>([:])
    private let writes = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - random: Makes tags that no other account has.
    ///   - keepsBytes: False for an account that takes all bytes and forgets them, so that clients can be measured
    ///     without a disk and beyond the memory: names, sizes and attributes are kept, and reads give zeros.
    public init(
        clock: @escaping @Sendable () -> Date, random: @escaping @Sendable () -> UInt64,
        limits: StoreLimits = .service, keepsBytes: Bool = true
    ) {
        self.clock = clock
        self.random = random
        self.limits = limits
        self.keepsBytes = keepsBytes
    }

    public func create(_ container: ContainerName, metadata: [String: String]) async throws -> ContainerProperties {
        let properties = ContainerProperties(name: container, tag: newTag(), lastModified: now(), metadata: metadata)
        try containers.withLock { containers in
            guard containers[container] == nil else {
                throw BlobStoreError(.containerAlreadyExists, subject: container.text)
            }
            containers[container] = MemoryContainer(properties: properties)
        }
        return properties
    }

    public func delete(_ container: ContainerName, if condition: AccessCondition) async throws {
        try containers.withLock { containers in
            guard let found = containers[container]?.properties else {
                throw BlobStoreError(.containerNotFound, subject: container.text)
            }
            if let refusal = condition.refusal(of: .write, state: (found.tag, found.lastModified)) {
                throw BlobStoreError(refusal, subject: container.text)
            }
            containers[container] = nil
        }
    }

    public func containers(prefix: String, marker: String?, limit: Int) async throws -> ContainerPage {
        guard (1...5000).contains(limit) else { throw BlobStoreError(.badRequest, subject: prefix) }
        let found = containers.withLock { containers in
            containers.values.map(\.properties).filter { found in
                found.name.text.hasPrefix(prefix) && marker.map { found.name.text > $0 } ?? true
            }
        }
        let page = Array(found.sorted { $0.name < $1.name }.prefix(limit))
        return ContainerPage(containers: page, next: found.count > limit ? page.last?.name.text : nil)
    }

    public func store(of container: ContainerName) -> any BlobStore {
        MemoryStore(account: self, container: container)
    }

    /// The time in whole seconds, as headers carry it.
    func now() -> Date { Date(timeIntervalSince1970: clock().timeIntervalSince1970.rounded(.down)) }

    /// A tag that this account never gave before.
    func newTag() -> ETag {
        let write = writes.add(1, ordering: .relaxed).newValue
        return ETag("0x\(String(random(), radix: 16, uppercase: true))\(String(write, radix: 16, uppercase: true))")
    }
}

/// What a container holds.
struct MemoryContainer: Sendable {
    var properties: ContainerProperties
    var blobs: [BlobName: MemoryBlob] = [:]
}

/// What one name stands for: a committed state, staged blocks, or both.
struct MemoryBlob: Sendable {
    /// `id` is `nil` for the bytes of a blob that was put whole.
    struct Block: Sendable {
        let id: BlockID?
        let contents: MemoryContents
    }

    struct Committed: Sendable {
        var properties: BlobProperties
        var blocks: [Block]
    }

    var committed: Committed?
    var staged: [BlockID: MemoryContents] = [:]
    var state: (tag: ETag, lastModified: Date)? { committed.map { ($0.properties.tag, $0.properties.lastModified) } }
}
