import BlobStorage
import HTTPMessages
import Synchronization

/// Counts the calls of a store and breaks those that it was told to.
public final class FaultPlan: Sendable {
    private struct State {
        var calls: [StoreCall] = []
        var faults = 0
        var tries: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let decide: @Sendable (StoreCall) -> Fault?
    private let onCancel: @Sendable () -> Void

    /// - Parameter decide: What a call meets; `nil` for nothing.
    public init(onCancel: @escaping @Sendable () -> Void = {}, decide: @escaping @Sendable (StoreCall) -> Fault?) {
        self.decide = decide
        self.onCancel = onCancel
    }

    /// - Parameter target: The index of the call to break, or `nil` to break none.
    public convenience init(target: Int?, fault: Fault, onCancel: @escaping @Sendable () -> Void = {}) {
        self.init(onCancel: onCancel) { $0.index == target ? fault : nil }
    }

    public var calls: Int { state.withLock { $0.calls.count } }
    /// How many calls met a fault.
    public var faults: Int { state.withLock { $0.faults } }
    public var fired: Bool { faults > 0 }

    /// How many calls there were of one operation.
    public func calls(of operation: StoreCall.Operation) -> Int {
        state.withLock { $0.calls.count { $0.operation == operation } }
    }

    func run<Result>(
        _ operation: StoreCall.Operation, _ key: String = "", _ call: () async throws -> Result
    ) async throws -> Result {
        try await meet(fault(operation, key), call)
    }

    /// Lets a call meet its fault.
    func meet<Result>(_ fault: Fault?, _ call: () async throws -> Result) async throws -> Result {
        switch fault {
        case nil: return try await call()
        case .before: throw Self.error(.serverFailure)
        case .answerLost:
            _ = try await call()
            throw Self.error(.unreachable)
        case .cancelled:
            onCancel()
            try Task.checkCancellation()
            throw CancellationError()
        case .cancelledUnnoticed:
            onCancel()
            return try await call()
        case .refused(let kind, let pause):
            throw Self.error(kind, retryAfter: pause)
        case .doneNonetheless(let kind):
            _ = try await call()
            throw Self.error(kind)
        case .noConnection: throw Self.error(.unreachable, cause: .refused)
        case .notSent(let kind): throw Self.error(.unreachable, cause: kind)
        case .connectionLost(let timedOut): throw Self.error(.unreachable, cause: timedOut ? .timedOut : .broken)
        // Only reads have bodies to spoil; see the store.
        case .shortBody, .damagedBody: return try await call()
        }
    }

    func fault(_ operation: StoreCall.Operation, _ key: String) -> Fault? {
        let call = state.withLock { state in
            let tries = state.tries["\(operation) \(key)", default: 0]
            state.tries["\(operation) \(key)"] = tries + 1
            let call = StoreCall(index: state.calls.count, operation: operation, key: key, tries: tries)
            state.calls.append(call)
            return call
        }
        let fault = decide(call)
        if fault != nil { state.withLock { $0.faults += 1 } }
        return fault
    }

    private static func error(
        _ kind: BlobStoreError.Kind, retryAfter: Duration? = nil, cause: HTTPFailure.Kind? = nil
    ) -> BlobStoreError {
        let answer = retryAfter.map {
            ServiceAnswer(status: 503, code: "ServerBusy", requestID: "", retryAfter: $0)
        }
        let failure = cause.map { HTTPFailure(kind: $0, peer: "store:443", detail: "") }
        return BlobStoreError(kind, subject: "a planned fault", service: answer, cause: failure)
    }
}
