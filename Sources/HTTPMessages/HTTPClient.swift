/// The port through which everything above speaks HTTP.
///
/// An answer of any status is an answer; only a conversation that failed throws ``HTTPFailure``. Nothing is retried and
/// no redirect is followed here. A body shorter than its `Content-Length` is a failure, never an answer.
public protocol HTTPClient: Sendable {
    /// Sends a request with a body and collects the answer's body, at most `limit` bytes of it.
    func send(_ request: HTTPRequest, body: Span<UInt8>, limit: Int) async throws -> HTTPResponse

    /// Sends a request without a body; the body of a successful answer is appended to `buffer`.
    ///
    /// A successful body that is larger than the free capacity is a failure. The body of any other answer, which
    /// explains an error, is collected in the response.
    func receive(_ request: HTTPRequest, into buffer: inout OutputSpan<UInt8>) async throws -> HTTPResponse
}

extension HTTPClient {
    /// Sends a request without a body.
    public func send(_ request: HTTPRequest, limit: Int = 64 << 20) async throws -> HTTPResponse {
        try await send(request, body: Span(), limit: limit)
    }
}
