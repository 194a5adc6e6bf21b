public import AzureIdentity
import BlobStorage
public import FoundationEssentials
public import HTTPMessages

/// A storage account over HTTP: where it is, what it is shown, and how requests are made and judged.
public struct ServiceConnection: Sendable {
    /// The rules of the service that every request follows.
    ///
    /// 2021-12-02 knows every operation used here and is served by every cloud and by the emulator.
    public static let version = "2021-12-02"

    /// The difference between clocks that the service tolerates, in seconds.
    private static let clockSkew = 15.0 * 60

    let endpoint: HTTPURL
    let client: any HTTPClient
    let checks = BodyChecks()
    let credential: Credential
    let now: @Sendable () -> Date
    private let random: @Sendable () -> UInt64

    /// - Parameters:
    ///   - endpoint: The URL of the account: `https://account.blob.core.windows.net` or, path style,
    ///     `http://127.0.0.1:10000/account`.
    ///   - now: The time; signatures more than 15 minutes off are refused.
    ///   - random: What request ids are made of.
    public init(
        endpoint: HTTPURL, credential: Credential, client: any HTTPClient, now: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64
    ) {
        var endpoint = endpoint
        while endpoint.path.hasSuffix("/") { endpoint.path.removeLast() }
        endpoint.query = ""
        self.endpoint = endpoint
        self.credential = credential
        self.client = client
        self.now = now
        self.random = random
    }

    // MARK: - Requests

    /// A request of the account, a container or a blob; not yet authorised.
    func request(
        _ method: HTTPMethod, _ container: ContainerName? = nil, _ blob: BlobName? = nil, query: HTTPQuery = [:],
        fields: HTTPFields = [:]
    ) -> HTTPRequest {
        var url = endpoint
        url.path +=
            "/"
            + [container.map(\.text), blob.map { PercentCoding.encodePath($0.text) }]
            .compactMap(\.self).joined(separator: "/")
        url.query = query.encoded
        return HTTPRequest(method, url, fields: fields)
    }

    /// Sends a request without a body; any answer but a success is thrown.
    func send(_ request: HTTPRequest, about subject: Subject) async throws -> HTTPResponse {
        try await send(request, body: Span(), about: subject)
    }

    /// Sends a request with a body; any answer but a success is thrown.
    func send(_ request: HTTPRequest, body: Span<UInt8>, about subject: Subject) async throws -> HTTPResponse {
        // What a writer says about a blob goes into header fields, which hold printable ASCII.
        guard request.fields.all.allSatisfy(\.isPrintable) else { throw subject.error(.badRequest) }
        let (ready, token) = try await authorized(request, contentLength: body.count, about: subject)
        var response = try await subject.explaining {
            // A page of 5,000 entries with 8 KiB of metadata each has 40 MB.
            try await client.send(ready, body: body, limit: 64 << 20)
        }
        if response.status == 401, let token {
            // It was refused before anything was done: a token may be withdrawn before its end.
            let (again, _) = try await authorized(
                request, contentLength: body.count, about: subject, replacing: token)
            response = try await subject.explaining { try await client.send(again, body: body, limit: 64 << 20) }
        }
        guard response.isSuccess else { throw refusal(response, about: subject) }
        return response
    }

    /// Sends a request whose success goes into `buffer`; any other answer is thrown.
    func receive(
        _ request: HTTPRequest, into buffer: inout OutputSpan<UInt8>, about subject: Subject
    ) async throws -> HTTPResponse {
        let (ready, token) = try await authorized(request, contentLength: 0, about: subject)
        var response = try await subject.explaining { try await client.receive(ready, into: &buffer) }
        if response.status == 401, let token {
            let (again, _) = try await authorized(request, contentLength: 0, about: subject, replacing: token)
            response = try await subject.explaining { try await client.receive(again, into: &buffer) }
        }
        guard response.isSuccess else { throw refusal(response, about: subject) }
        return response
    }

    /// What an answer means that is no success; of a credential that has ended meanwhile it says so.
    private func refusal(_ response: HTTPResponse, about subject: Subject) -> BlobStoreError {
        let error = subject.error(response)
        guard error.kind == .notAuthenticated, let end = credential.end else { return error }
        let now = now()
        // The service's own sentence, in case this machine's clock is a little late.
        let isOutOfTime = error.service?.message.contains("Signature not valid in the specified time frame") ?? false
        guard end <= (isOutOfTime ? now.addingTimeInterval(Self.clockSkew) : now) else { return error }
        return BlobStoreError(
            error.kind, subject: error.subject, service: error.service, cause: CredentialError(ended: end, now: now))
    }

    private func authorized(
        _ request: HTTPRequest, contentLength: Int, about subject: Subject, replacing rejected: AccessToken? = nil
    ) async throws -> (HTTPRequest, AccessToken?) {
        var request = request
        request.fields["x-ms-version"] = Self.version
        request.fields["x-ms-client-request-id"] = requestID()
        do {
            let token = try await credential.authorize(
                &request, contentLength: contentLength, now: now(), replacing: rejected)
            return (request, token)
        } catch let error as IdentityError {
            throw subject.error(error.isTransient ? .credentialUnavailable : .notAuthenticated, cause: error)
        } catch let error as CredentialError {
            throw subject.error(.notAuthenticated, cause: error)
        }
    }

    /// A random UUID, by which the service's operators find a request.
    private func requestID() -> String {
        let high = random() & ~0xF000 | 0x4000
        let low = random() & ~(0b11 << 62) | 0b10 << 62
        let digits = [high, low].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }
}

extension HTTPFields.Field {
    fileprivate var isPrintable: Bool {
        !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
