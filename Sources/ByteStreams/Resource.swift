/// Opens a resource, hands it to `body`, and releases it whatever happens.
///
/// The release runs to its end even if the task has been cancelled, and is awaited: when this returns, nothing of the
/// resource is left. An error of `body` goes first; an error of the release alone is thrown.
public func withResource<Resource: Sendable, Output>(
    _ open: () async throws -> Resource,
    release: @escaping @Sendable (Resource) async throws -> Void,
    body: (Resource) async throws -> Output
) async throws -> Output {
    let resource = try await open()
    let output: Output
    do {
        output = try await body(resource)
    } catch {
        _ = await Task { try await release(resource) }.result
        throw error
    }
    // A task of its own: it does not inherit the cancellation of this one.
    try await Task { try await release(resource) }.value
    return output
}
