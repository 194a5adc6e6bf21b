import Synchronization

/// Batches that several workers take one after the other, in order.
final class BatchQueue: Sendable {
    private let rest: Mutex<ArraySlice<RestoreBatch>>

    init(_ batches: [RestoreBatch]) { rest = Mutex(batches[...]) }

    private func next() -> RestoreBatch? { rest.withLock { $0.popFirst() } }

    /// Works through all batches, and answers what `body` made of those of which it made something.
    ///
    /// The first error ends the other workers.
    func drain<Left: Sendable>(
        by workers: Int, _ body: @escaping @Sendable (RestoreBatch) async throws -> Left?
    ) async throws -> [Left] {
        try await withThrowingTaskGroup(of: [Left].self) { group in
            for _ in 0..<workers {
                group.addTask { [self] in
                    var left: [Left] = []
                    while let batch = next() {
                        try Task.checkCancellation()
                        if let one = try await body(batch) { left.append(one) }
                    }
                    return left
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}
