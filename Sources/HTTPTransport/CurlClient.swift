public import HTTPMessages
import Synchronization
import SystemCalls

/// HTTP/1.1 over libcurl: each conversation blocks one thread of a pool of its own and reuses a warm connection.
///
/// Exactly the header fields of the request go out, besides `Host`, `User-Agent` and, for `PUT` and `POST`, the right
/// `Content-Length`; the target goes out as written. Nothing is redirected or decompressed. A proxy is used if the
/// settings name one, and never for this machine. A cancelled task ends its conversation at once.
///
/// No request goes out twice: where libcurl would repeat one by itself, because a connection that was kept has ended
/// without an answer, that is an ``HTTPFailure`` of kind `broken`. The service may have carried it out.
///
/// Failures are ``HTTPFailure`` or `CancellationError`. After a failure, nothing has been appended to a buffer.
public final class CurlClient: HTTPClient {
    private let threads: ThreadPool
    private let settings: TransportSettings
    /// Handles nobody uses now; the one used last has the warmest connection.
    private let idle = Mutex<[CurlHandle]>([])

    /// - Parameter width: The most conversations at a time, each with a thread and a connection.
    public init(width: Int, settings: TransportSettings = TransportSettings()) {
        threads = ThreadPool(name: "http", width: width)
        self.settings = settings
    }

    public func send(_ request: HTTPRequest, body: Span<UInt8>, limit: Int) async throws -> HTTPResponse {
        try Task.checkCancellation()
        return try await withTaskExecutorPreference(threads) { try await talk(request, body, limit) }
    }

    public func receive(_ request: HTTPRequest, into buffer: inout OutputSpan<UInt8>) async throws -> HTTPResponse {
        try Task.checkCancellation()
        return try await withTaskExecutorPreference(threads) { try await talk(request, &buffer) }
    }

    /// The longest explanation of an error that is read: 1 MiB.
    private static let explanationLimit = 1 << 20

    @concurrent private func talk(
        _ request: HTTPRequest, _ body: Span<UInt8>, _ limit: Int
    ) async throws -> HTTPResponse {
        let handle = try takeHandle(for: request)
        let response = try await withTaskCancellationHandler {
            try handle.perform(request, settings: settings, body: body, limit: limit)
        } onCancel: {
            handle.wake()
        }
        giveBack(handle)
        return response
    }

    @concurrent private func talk(
        _ request: HTTPRequest, _ buffer: inout OutputSpan<UInt8>
    ) async throws -> HTTPResponse {
        let handle = try takeHandle(for: request)
        let response = try await withTaskCancellationHandler {
            try handle.perform(request, settings: settings, into: &buffer, limit: Self.explanationLimit)
        } onCancel: {
            handle.wake()
        }
        giveBack(handle)
        return response
    }

    private func takeHandle(for request: HTTPRequest) throws(HTTPFailure) -> CurlHandle {
        if let handle = idle.withLock({ $0.popLast() }) { return handle }
        return try CurlHandle(peer: request.url.peer)
    }

    /// Keeps a handle whose conversation came to its end; one that broke has lost its connection, and may be left in a
    /// state in which libcurl refuses its settings, as it does after a name that could not be resolved.
    private func giveBack(_ handle: CurlHandle) { idle.withLock { $0.append(handle) } }
}

extension HTTPURL {
    /// `host:port`, as failures name the other side.
    var peer: String { "\(host):\(port ?? (scheme == .https ? 443 : 80))" }
}
