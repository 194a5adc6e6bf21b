public import BlobStorage
import Synchronization

/// Runs an operation once for every call it makes of a store, and breaks that call.
///
/// - Parameters:
///   - fresh: Makes the store of one run.
///   - operation: What is tried; it may throw.
///   - check: What must hold afterwards; it is told the fault and what the operation threw.
/// - Returns: How many calls the operation makes when nothing fails.
@discardableResult
public func everyFailurePoint<Store: BlobStore>(
    _ faults: [Fault] = Fault.moments, tally: FaultTally? = nil, in fresh: () async throws -> Store,
    operation: @escaping @Sendable (FaultyStore) async throws -> Void,
    check: (Store, Fault, _ error: (any Error)?) async throws -> Void
) async throws -> Int {
    let counter = FaultPlan(target: nil, fault: .before)
    try await operation(FaultyStore(fresh(), plan: counter))
    for fault in faults {
        for point in 0..<counter.calls {
            let store = try await fresh()
            let canceller = Canceller()
            let plan = FaultPlan(target: point, fault: fault, onCancel: canceller.cancel)
            let error = await canceller.run { try await operation(FaultyStore(store, plan: plan)) }.error
            try await check(store, fault, error)
            tally?.add(plan)
        }
    }
    return counter.calls
}

extension Result {
    /// What it failed with.
    public var error: Failure? {
        switch self {
        case .success: nil
        case .failure(let error): error
        }
    }
}
