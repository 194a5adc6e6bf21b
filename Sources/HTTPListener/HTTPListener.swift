import ByteStreams
import SystemCalls

/// Answers a request; runs on threads that serve other connections, too, so it must not block.
///
/// What blocks is awaited on threads of its own; the connection is suspended meanwhile. A handler is cancelled when the client goes away or the listener has waited long enough for it to end.
public typealias ListenerHandler = @Sendable (_ request: ListenerRequest, _ body: inout RequestBody) async -> Reply

/// Listens for HTTP requests while `body` runs, and answers them with `handler`.
///
/// When `body` has ended no more connections are taken; requests under way may end within `limits.drain`, then they are
/// cancelled. When this returns no thread, task or descriptor of the listener is left.
///
/// - Parameters:
///   - host: An address or a name of this machine.
///   - port: 0 lets the kernel choose; `body` gets what it chose.
///   - identity: With one the listener speaks TLS 1.2 or newer, and nothing else.
/// - Throws: ``ListenerError`` if nothing can listen there, and what `body` throws.
public func withHTTPListener<Output>(
    host: String, port: Int, limits: ListenerLimits = ListenerLimits(), identity: TLSIdentity? = nil,
    handler: @escaping ListenerHandler, body: (ListenerAddress) async throws -> Output
) async throws -> Output {
    try await withResource(
        {
            try Daemon(
                socket: ListeningSocket(host: host, port: port), limits: limits, identity: identity, handler: handler)
        },
        release: { await $0.stop() },
        body: { try await body($0.address) })
}
