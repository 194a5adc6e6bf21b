public import BlobStorage
public import HTTPMessages
import Synchronization

/// What a fault does to one call.
public enum Fault: Sendable, CaseIterable {
    /// The call fails and nothing was done.
    case before
    /// The call was done, and its answer was lost.
    case answerLost
    /// The task that made the call is cancelled while it waits.
    case cancelled
}

/// Counts the calls of a store and breaks one of them.
public final class FaultPlan: Sendable {
    private let state: Mutex<(calls: Int, fired: Bool)> = Mutex((0, false))
    private let target: Int?
    private let fault: Fault
    private let isLasting: Bool
    private let onCancel: @Sendable () -> Void

    /// - Parameters:
    ///   - target: The index of the call to break, or `nil` to break none.
    ///   - isLasting: Whether all later calls break, too.
    public init(
        target: Int?, fault: Fault, isLasting: Bool = false, onCancel: @escaping @Sendable () -> Void = {}
    ) {
        self.target = target
        self.fault = fault
        self.isLasting = isLasting
        self.onCancel = onCancel
    }

    public var calls: Int { state.withLock { $0.calls } }
    public var fired: Bool { state.withLock { $0.fired } }

    func run<Result>(_ call: () async throws -> Result) async throws -> Result {
        let hit = state.withLock { state in
            let hit = state.calls == target || (isLasting && state.fired)
            state.calls += 1
            if hit { state.fired = true }
            return hit
        }
        guard hit else { return try await call() }
        switch fault {
        case .before: throw BlobStoreError(.serverFailure, subject: "a planned fault")
        case .answerLost:
            _ = try await call()
            throw BlobStoreError(.unreachable, subject: "a planned fault")
        case .cancelled:
            onCancel()
            try Task.checkCancellation()
            throw CancellationError()
        }
    }
}

/// A store whose calls go through a ``FaultPlan``.
public struct FaultyStore: BlobStore {
    private let store: any BlobStore
    private let plan: FaultPlan

    public init(_ store: any BlobStore, plan: FaultPlan) {
        self.store = store
        self.plan = plan
    }

    public var container: ContainerName { store.container }

    public func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        try await plan.run { try await store.stage(bytes, as: id, of: blob) }
    }

    public func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await plan.run { try await store.commit(blocks, to: blob, attributes: attributes, if: condition) }
    }

    public func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try await plan.run { try await store.put(bytes, to: blob, attributes: attributes, if: condition) }
    }

    public func blockList(of blob: BlobName) async throws -> BlockList {
        try await plan.run { try await store.blockList(of: blob) }
    }

    public func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        try await plan.run { try await store.read(blob, range: range, if: condition, into: &buffer) }
    }

    public func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        try await plan.run { try await store.properties(of: blob, if: condition) }
    }

    public func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        try await plan.run { try await store.delete(blob, if: condition) }
    }

    public func list(_ query: BlobQuery) async throws -> BlobPage {
        try await plan.run { try await store.list(query) }
    }

    public func containerProperties() async throws -> ContainerProperties {
        try await plan.run { try await store.containerProperties() }
    }
}

/// Runs an operation once for every call it makes of a store, and breaks that call.
///
/// - Parameters:
///   - fresh: Makes the store of one run.
///   - operation: What is tried; it may throw, and is told which fault it met.
///   - check: What must hold afterwards.
/// - Returns: How many calls the operation makes when nothing fails.
@discardableResult
public func everyFailurePoint<Store: BlobStore>(
    _ faults: [Fault] = Fault.allCases, in fresh: () async throws -> Store,
    operation: @escaping @Sendable (FaultyStore) async throws -> Void,
    check: (Store, Fault, _ succeeded: Bool) async throws -> Void
) async throws -> Int {
    let counter = FaultPlan(target: nil, fault: .before)
    try await operation(FaultyStore(fresh(), plan: counter))
    for fault in faults {
        for point in 0..<counter.calls {
            let store = try await fresh()
            let canceller = Canceller()
            let plan = FaultPlan(target: point, fault: fault) { canceller.cancel() }
            let task = Task { try await operation(FaultyStore(store, plan: plan)) }
            canceller.set(task)
            let succeeded: Bool
            do {
                try await task.value
                succeeded = true
            } catch {
                succeeded = false
            }
            try await check(store, fault, succeeded)
        }
    }
    return counter.calls
}

/// Cancels a task that may not be known yet when the moment comes.
private final class Canceller: Sendable {
    private let state = Mutex<(task: Task<Void, any Error>?, wanted: Bool)>((nil, false))

    func set(_ task: Task<Void, any Error>) {
        let wanted = state.withLock { state in
            state.task = task
            return state.wanted
        }
        if wanted { task.cancel() }
    }

    func cancel() {
        let task = state.withLock { state in
            state.wanted = true
            return state.task
        }
        task?.cancel()
    }
}
