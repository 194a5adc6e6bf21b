import FoundationEssentials
import HTTPMessages
import Synchronization
import TestSupport

/// An authority on loopback that gives numbered tokens to one service principal, and knows which of them are good.
final class Authority: Sendable {
    static let secret = "the~client+secret&98"
    /// What every token begins with.
    static let mark = "t0ken-of-entra"

    private struct State {
        var issued: [(text: String, end: ContinuousClock.Instant)] = []
        var withdrawn: Set<String> = []
        var scopes: [String] = []
    }

    private final class Book: Sendable {
        let state = Mutex(State())
    }

    private let book = Book()
    private let server: ScriptedServer
    var port: Int { server.port }

    /// - Parameters:
    ///   - life: How long tokens are good for, in seconds.
    ///   - fixed: The one token that is given for PostgreSQL, which is a role's password.
    init(life: Int = 3600, fixed: String? = nil) throws {
        let book = book
        server = try ScriptedServer { connection in
            while let request = try connection.request() {
                let form = HTTPQuery(encoded: String(decoding: request.body, as: UTF8.self)) ?? [:]
                guard request.line.hasPrefix("POST /tenant-1/oauth2/v2.0/token "), form["client_id"] == "client-1"
                else {
                    try connection.answer(
                        400, #"{"error":"invalid_request","error_description":"AADSTS90002: No tenant."}"#)
                    continue
                }
                guard form["client_secret"] == Self.secret else {
                    let words = "AADSTS7000215: Invalid client secret \(form["client_secret"] ?? "")."
                    try connection.answer(401, #"{"error":"invalid_client","error_description":"\#(words)"}"#)
                    continue
                }
                let text = book.state.withLock { state in
                    let scope = form["scope"] ?? ""
                    state.scopes.append(scope)
                    let text = scope.contains("ossrdbms") ? fixed : nil
                    let token = text ?? "\(Self.mark)-\(state.issued.count + 1)"
                    state.issued.append((token, .now + .seconds(life)))
                    return token
                }
                try connection.answer(200, #"{"access_token":"\#(text)","expires_in":\#(life)}"#)
            }
        }
    }

    var issued: Int { book.state.withLock { $0.issued.count } }
    var scopes: [String] { book.state.withLock { $0.scopes } }

    func withdraw(_ token: String) { book.state.withLock { _ = $0.withdrawn.insert(token) } }

    /// True for a token that was given, has not ended and was not withdrawn.
    func isGood(_ token: String) -> Bool {
        book.state.withLock { state in
            !state.withdrawn.contains(token) && state.issued.contains { $0.text == token && $0.end > .now }
        }
    }

    /// The variables of a process that signs in here.
    func environment(secret: String = Authority.secret, tenant: String = "tenant-1") -> [String: String] {
        [
            "AZURE_AUTHORITY_HOST": "http://127.0.0.1:\(port)", "AZURE_TENANT_ID": tenant,
            "AZURE_CLIENT_ID": "client-1", "AZURE_CLIENT_SECRET": secret,
        ]
    }
}

/// A blob service on loopback that takes every write with a good token and forgets it.
final class TokenService: Sendable {
    private let counts: Counts
    private let server: ScriptedServer

    private final class Counts: Sendable {
        let state = Mutex((tokens: Set<String>(), refused: 0, written: 0))
    }

    init(_ authority: Authority) throws {
        let counts = Counts()
        self.counts = counts
        server = try ScriptedServer { connection in
            while let request = try connection.request() {
                let token = String((request.header("Authorization") ?? "").dropFirst("Bearer ".count))
                guard authority.isGood(token) else {
                    counts.state.withLock { $0.refused += 1 }
                    try connection.answer(401, headers: ["x-ms-error-code: InvalidAuthenticationInfo"])
                    continue
                }
                counts.state.withLock { _ = $0.tokens.insert(token) }
                guard request.line.hasPrefix("PUT ") else {
                    try connection.answer(404, headers: ["x-ms-error-code: BlobNotFound"])
                    continue
                }
                counts.state.withLock { $0.written += request.body.count }
                let sum = request.header("x-ms-content-crc64").map { ["x-ms-content-crc64: \($0)"] } ?? []
                try connection.answer(
                    201, headers: ["ETag: \"1\"", "Last-Modified: Fri, 15 Mar 2024 09:30:00 GMT"] + sum)
            }
        }
    }

    var location: String { "http://127.0.0.1:\(server.port)/account1/backups" }
    /// The good tokens that were shown.
    var tokens: Set<String> { counts.state.withLock { $0.tokens } }
    /// Requests with a token that is not good.
    var refused: Int { counts.state.withLock { $0.refused } }
    /// Bytes of all bodies that were taken.
    var written: Int { counts.state.withLock { $0.written } }
}
