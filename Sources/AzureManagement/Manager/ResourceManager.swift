public import AzureIdentity
import Diagnostics
import FoundationEssentials
public import HTTPMessages

/// Azure's resource manager: what describes accounts, and who may do what with them.
///
/// Answers of 429 and 5xx, and conversations that broke, are tried again for a while. Nothing is changed here.
public struct ResourceManager: Sendable {
    private let endpoint: HTTPURL
    private let client: any HTTPClient
    private let tokens: any TokenSource
    private let sleep: @Sendable (Duration) async throws -> Void

    /// No answer of the resource manager is longer; lists come in pages.
    private static let longestAnswer = 8 << 20
    /// No list has more pages: a service that always names another one must not keep us for ever.
    private static let mostPages = 1_000
    /// The waits after the first tries; the resource manager asks for longer ones with `Retry-After`.
    private static let waits: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]
    /// The longest wait that is granted.
    private static let longestWait = Duration.seconds(60)

    /// - Parameters:
    ///   - endpoint: Such as `https://management.azure.com`.
    ///   - sleep: Waits between tries; throws when it is cancelled.
    public init(
        endpoint: HTTPURL, client: any HTTPClient, tokens: any TokenSource,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.endpoint = endpoint
        self.client = client
        self.tokens = tokens
        self.sleep = sleep
    }

    /// Reads what a path describes.
    ///
    /// - Parameters:
    ///   - path: Begins with a slash; a resource's ID, and what follows it.
    ///   - version: The `api-version`, a date.
    /// - Throws: ``ResourceManagerError``, and what the token source throws.
    func read<Value: Decodable>(
        _ path: String, version: String, query: HTTPQuery = [:], of type: Value.Type = Value.self
    ) async throws -> Value {
        try decode(try await answer(to: url(path, version: version, query: query), about: path), about: path)
    }

    /// Reads a list, page by page.
    func list<Element: Decodable>(
        _ path: String, version: String, query: HTTPQuery = [:], of type: Element.Type = Element.self
    ) async throws -> [Element] {
        var all: [Element] = []
        var next: HTTPURL? = url(path, version: version, query: query)
        for _ in 0..<Self.mostPages {
            guard let url = next else { return all }
            let page: Page<Element> = try decode(try await answer(to: url, about: path), about: path)
            all += page.value
            next = try page.nextLink.flatMap { try follow($0, about: path) }
        }
        throw ResourceManagerError(.malformed("a list that does not end"), subject: path)
    }

    private struct Page<Element: Decodable>: Decodable {
        let value: [Element]
        let nextLink: String?
    }

    /// The next page must be of the same service: the token goes there.
    private func follow(_ link: String, about path: String) throws(ResourceManagerError) -> HTTPURL? {
        guard !link.isEmpty else { return nil }
        guard let url = HTTPURL(link), url.scheme == endpoint.scheme, url.authority == endpoint.authority else {
            throw ResourceManagerError(.malformed("a next page on another host"), subject: path)
        }
        return url
    }

    private func url(_ path: String, version: String, query: HTTPQuery) -> HTTPURL {
        var url = endpoint
        url.path += PercentCoding.encodePath(path)
        var query = query
        query.append("api-version", version)
        url.query = query.encoded
        return url
    }

    private func decode<Value: Decodable>(_ body: [UInt8], about path: String) throws(ResourceManagerError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(body))
        } catch {
            throw ResourceManagerError(.malformed(JSONPlace(of: error).description), subject: path)
        }
    }

    private func answer(to url: HTTPURL, about path: String) async throws -> [UInt8] {
        var tries = 0
        var rejected: AccessToken?
        while true {
            let token = try await tokens.token(for: .management, replacing: rejected)
            do {
                let response = try await send(url, token)
                guard !response.isSuccess else { return response.body }
                let error = ResourceManagerError(response, subject: path)
                // A token may have been revoked since it was given out; another one is asked for once.
                if response.status == 401, rejected == nil, error.kind == .notAuthenticated {
                    rejected = token
                    continue
                }
                guard error.isTransient, tries < Self.waits.count else { throw error }
                try await sleep(min(max(Self.waits[tries], error.retryAfter ?? .zero), Self.longestWait))
            } catch let failure as HTTPFailure {
                let error = ResourceManagerError(.unreachable, subject: path, cause: failure)
                guard failure.isTransient, tries < Self.waits.count else { throw error }
                try await sleep(Self.waits[tries])
            }
            tries += 1
        }
    }

    private func send(_ url: HTTPURL, _ token: AccessToken) async throws -> HTTPResponse {
        var request = HTTPRequest(.get, url, fields: ["Accept": "application/json"])
        token.text.reveal { request.fields["Authorization"] = "Bearer " + $0 }
        return try await client.send(request, limit: Self.longestAnswer)
    }
}
