import Testing

/// Waits until `condition` holds; other processes cannot be waited for in any other way than by looking again.
///
/// - Parameter limit: generous, since the machine may be busy; it is only reached by a failure.
func eventually(
    _ what: String, within limit: Duration = .seconds(60), at location: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("\(what): not within \(limit)", sourceLocation: location)
            throw NeverCame(what: what)
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

struct NeverCame: Error { let what: String }
