import Synchronization

/// Counts what a suite of faults has done, and says it in a line of the test run's output.
public final class FaultTally: Sendable {
    private let state = Mutex((runs: 0, calls: 0, faults: 0, seeds: 0))

    public init() {}

    /// Counts one run.
    public func add(_ plan: FaultPlan) { add(calls: plan.calls, faults: plan.faults) }

    public func add(calls: Int, faults: Int) {
        state.withLock { state in
            state.runs += 1
            state.calls += calls
            state.faults += faults
        }
    }

    public func addSeed() { state.withLock { $0.seeds += 1 } }

    public var runs: Int { state.withLock { $0.runs } }
    public var faults: Int { state.withLock { $0.faults } }

    /// Prints the counts.
    public func report(_ suite: String) {
        let (runs, calls, faults, seeds) = state.withLock { $0 }
        print("fault suite: \(suite): \(runs) runs, \(calls) store calls, \(faults) faults, \(seeds) seeds")
    }
}
